-- Gives a sandbox that is being made, or released, more time.
-- Atomic: the look at its state, the deadline. No version is raised: an update that is under way stays possible.
-- ARGV: id, deadline
local id, deadline = unpack(ARGV, 1, 2)
local state, old = unpack(redis.call('HMGET', key('sandbox', id), 'state', 'deadline'))
if (state == 'PROVISIONING' or state == 'RELEASING') and (not old or old < deadline) then
  redis.call('HSET', key('sandbox', id), 'deadline', deadline)
  move_deadline(id, old, deadline)
end
return 'OK'
