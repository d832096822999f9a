-- Adds a record if there is a slot for it.
-- Atomic: the look at the lease, the count of the slots, the members that make room, the record.
-- A command that is sent again because its answer was lost is known by its mark and does nothing.
-- ARGV: id, mark, state, limit (0 for none), lease ('' for none), its token, now and retryAt ('' if no warm
--       member may make room), fields of the record
-- Reply: OK and the records that made room | STALE | LEASE | FULL and the number of taken slots
local id, mark, state, limit, lease, token, time, retry_at = unpack(ARGV, 1, 8)
local fields = arguments(9)

local kept = redis.call('HMGET', key('sandbox', id), 'state', 'mark')
if kept[1] then
  return { kept[2] == mark and 'OK' or 'STALE' }
end
if lease ~= '' and redis.call('HGET', key('lease', lease), 'token') ~= token then
  return { 'LEASE' }
end

local occupied = redis.call('ZCARD', key('occupied'))
local missing = 0
if tonumber(limit) > 0 and OCCUPYING[state] then
  missing = math.max(0, occupied + 1 - tonumber(limit))
end
local evicted = {}
if missing > 0 and time ~= '' then
  evicted = redis.call('ZRANGE', key('warm'), 0, missing - 1)
end
if #evicted < missing then
  return { 'FULL', occupied }
end
for _, member in ipairs(evicted) do
  change(member, { 'state', 'RELEASING', 'updatedAt', time, 'releasedAt', time, 'deadline', retry_at }, {})
end
put(id, fields)
return done({ 'OK', unpack(records(evicted)) })
