-- Ends a sandbox that was released and puts its container back into the pool as another.
-- Atomic: the check of the version, the count of the slots and of the pool, both records.
-- A command that is sent again because its answer was lost is known by its mark and does nothing.
-- ARGV: id, mark, version that the caller has read, id of the new member, type, limit over all types (0 for
--       none), limit of the type (0 for none), limit of the pool, number of fields, fields of the released one,
--       fields of the member
-- Reply: OK | STALE | FULL
local id, mark, version, member, type, limit, limit_of_type, most, count = unpack(ARGV, 1, 9)

local kept = redis.call('HMGET', key('sandbox', id), 'version', 'mark')
if kept[1] and kept[2] == mark then
  return 'OK'
end
if kept[1] ~= version then
  return 'STALE'
end
local pooled = redis.call('ZCARD', key('warm', type)) + redis.call('ZCARD', key('starting', type))
if pooled >= tonumber(most) or lacking(key('occupied'), limit) > 0
    or lacking(key('occupied', type), limit_of_type) > 0 then
  return 'FULL'
end
put(id, { unpack(ARGV, 10, 9 + 2 * count) })
put(member, arguments(10 + 2 * count))
return done('OK')
