-- Takes one who waits for a member out of the queue of a type.
-- Atomic: the place and the time that it is kept for.
-- ARGV: type, waiter
redis.call('ZREM', key('queue', ARGV[1]), ARGV[2])
redis.call('ZREM', key('queue-ends', ARGV[1]), ARGV[2])
return 'OK'
