-- The records of a session in the order in which they joined it. Read at one moment.
-- ARGV: name of the session
return records(redis.call('ZRANGE', key('session', ARGV[1]), 0, -1))
