-- Sets how many members a pool has, or leaves it to the servers' settings again.
-- Atomic: both numbers and the signal.
-- ARGV: type, min and max ('' for neither)
local type, min, max = unpack(ARGV, 1, 3)
if min == '' then
  redis.call('DEL', key('pool', type))
else
  redis.call('HSET', key('pool', type), 'min', min, 'max', max)
end
tell('pools-changed')
return 'OK'
