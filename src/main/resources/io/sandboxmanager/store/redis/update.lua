-- Replaces a record.
-- Atomic: the look at the lease, the check of the version, the care for a use that was noted in between, the record.
-- A use that touch.lua noted since the caller has read the record is kept; a sandbox that was used
-- since then is not recycled. A command that is sent again is known by its mark.
-- ARGV: id, mark, version that the caller has read, lease ('' for none), its token, fields of the record
-- Reply: OK and the record | STALE | LEASE
local id, mark, version, lease, token = unpack(ARGV, 1, 5)
local fields = arguments(6)

local names = { 'version', 'mark', 'state', 'lastActiveAt', 'deadline' }
local kept = {}
for i, value in ipairs(redis.call('HMGET', key('sandbox', id), unpack(names))) do
  kept[names[i]] = value
end
if kept.version and kept.mark == mark then
  return { 'OK', record(id) }
end
if lease ~= '' and redis.call('HGET', key('lease', lease), 'token') ~= token then
  return { 'LEASE' }
end
if kept.version ~= version then
  return { 'STALE' }
end

local wanted = {}
for i = 1, #fields, 2 do
  wanted[fields[i]] = fields[i + 1]
end
local used = kept.lastActiveAt and (not wanted.lastActiveAt or kept.lastActiveAt > wanted.lastActiveAt)
if used and wanted.state == 'RECYCLED' and HANDED_OUT[kept.state] then
  return { 'STALE' }
end
if used and HANDED_OUT[wanted.state] then
  wanted.lastActiveAt = kept.lastActiveAt
  wanted.deadline = kept.deadline or nil
end

fields = {}
for name, value in pairs(wanted) do
  table.insert(fields, name)
  table.insert(fields, value)
end
put(id, fields)
return done({ 'OK', record(id) })
