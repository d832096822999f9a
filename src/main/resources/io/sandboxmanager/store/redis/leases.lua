-- Takes or renews a lease; Redis's own clock ends it. A token is given once and never again, and each is higher than
-- those before.
-- Returns the token and its end in epoch microseconds, or nothing while somebody else has it.
local function take_lease(name, holder, millis)
  local lease = key('lease', name)
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
end
