-- Removes a record and all that it is found by.
-- Atomic: the check of the version, the record and all that it is found by.
-- ARGV: id, version that the caller has read ('' for any)
-- Reply: OK | STALE
local id, version = unpack(ARGV, 1, 2)
local kept = redis.call('HGET', key('sandbox', id), 'version')
if kept and version ~= '' and kept ~= version then
  return 'STALE'
end
remove(id)
return done('OK')
