-- Takes or renews a lease; Redis's own clock ends it.
-- Atomic: the look at the holder, the token, the time. A token is given once and never again, and
-- each is higher than those before.
-- ARGV: name, holder, milliseconds
-- Reply: token and its end in epoch microseconds, or nothing while somebody else has it
local lease, holder, millis = key('lease', ARGV[1]), ARGV[2], ARGV[3]
local held = redis.call('HMGET', lease, 'holder', 'token')
local token = held[2]
if held[1] and held[1] ~= holder then
  return {}
end
if not held[1] then
  token = whole(math.max(now(), tonumber(redis.call('GET', key('tokens')) or 0) + 1))
  redis.call('SET', key('tokens'), token)
  redis.call('HSET', lease, 'holder', holder, 'token', token)
end
redis.call('PEXPIRE', lease, millis)
return { token, whole(now() + millis * 1000) }
