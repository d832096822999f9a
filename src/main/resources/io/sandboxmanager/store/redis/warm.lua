-- The records of the warm members of a type, or of all, of any template, the oldest first. Read at one moment.
-- ARGV: type, if of one
return records(redis.call('ZRANGE', key('warm', unpack(ARGV)), 0, -1))
