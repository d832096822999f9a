-- Notes that a server leaves.
-- Atomic: its leaving and the look whether it was the last, so that of several that leave at the same
-- time one is told so.
-- ARGV: server
-- Reply: how many others are left
redis.call('ZREM', key('servers'), ARGV[1])
redis.call('HDEL', key('engines'), ARGV[1])
return redis.call('ZCOUNT', key('servers'), '(' .. whole(now()), '+inf')
