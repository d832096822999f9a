-- Hands out the warm member of a template that is ready for the longest.
-- Atomic: the choice, all that the claim changes of the record, its session, its deadline, the signal
-- that the pool lacks a member. The signal is sent even if there is none: somebody wants one.
-- A command that is sent again because its answer was lost finds what it claimed by its mark.
-- ARGV: type, template hash, mark, number of fields, fields, names of fields that are taken away
-- Reply: the record, or nothing
local type, hash, mark, count = unpack(ARGV, 1, 4)
local CLAIM_KNOWN_MILLIS = 60000

local before = redis.call('GET', key('claim', mark))
if before then
  return record(before)
end
local id = redis.call('ZRANGE', key('warm', type, hash), 0, 0)[1]
if not id then
  tell_pools()
  return {}
end
change(id, { unpack(ARGV, 5, 4 + 2 * count) }, arguments(5 + 2 * count))
redis.call('SET', key('claim', mark), id, 'PX', CLAIM_KNOWN_MILLIS)
return done(record(id))
