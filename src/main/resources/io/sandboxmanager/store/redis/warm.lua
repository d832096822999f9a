-- The records of the warm members of a type, of any template, the oldest first. Read at one moment.
-- ARGV: type
return records(redis.call('ZRANGE', key('warm', ARGV[1]), 0, -1))
