-- Notes that a sandbox was used, and with it all of its session that are handed out.
-- Atomic: the last use and the deadline of all of them. No version is raised: an update that is
-- under way stays possible and keeps the use, see update.lua.
-- ARGV: id, now, end of the idle time ('' for none)
local id, time, idle_at = unpack(ARGV, 1, 3)
local facts = facts_of(id)
if not facts or not facts.session then
  return 'OK'
end
for _, member in ipairs(redis.call('ZRANGE', key('session', facts.session), 0, -1)) do
  local sandbox = key('sandbox', member)
  local state, old, deadline = unpack(redis.call('HMGET', sandbox, 'state', 'deadline', 'expiresAt'))
  if HANDED_OUT[state] then
    if idle_at ~= '' and (not deadline or idle_at < deadline) then
      deadline = idle_at
    end
    redis.call('HSET', sandbox, 'lastActiveAt', time)
    if deadline then
      redis.call('HSET', sandbox, 'deadline', deadline)
    else
      redis.call('HDEL', sandbox, 'deadline')
    end
    move_deadline(member, old, deadline)
  end
end
return 'OK'
