-- Gives a sandbox that is being made, or whose container is being removed, more time.
-- Atomic: the look at its state, the deadline. No version is raised: an update that is under way stays possible.
-- ARGV: id, deadline
local id, deadline = unpack(ARGV, 1, 2)
local state, old, ref = unpack(redis.call('HMGET', key('sandbox', id), 'state', 'deadline', 'ref'))
local worked_on = state == 'PROVISIONING' or state == 'RELEASING'
  or ((state == 'RECYCLED' or state == 'FAILED') and ref)
if worked_on and (not old or old < deadline) then
  redis.call('HSET', key('sandbox', id), 'deadline', deadline)
  move_deadline(id, old, deadline)
end
return 'OK'
