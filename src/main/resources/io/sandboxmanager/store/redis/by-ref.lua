-- The record of the sandbox whose container has, or had, this name. Read at one moment.
-- ARGV: the engine's name for the container
-- Reply: the record, or nothing
local id = redis.call('HGET', key('refs'), ARGV[1])
return id and record(id) or {}
