-- Adds a record if there is a slot for it.
-- Atomic: the look at the lease, the count of the slots, the members that make room, the record.
-- A command that is sent again because its answer was lost is known by its mark and does nothing.
-- ARGV: id, mark, state, type, limit over all types (0 for none), limit of its type (0 for none), lease ('' for
--       none), its token, now and retryAt ('' if no warm member may make room), fields of the record
-- Reply: OK and the records that made room | STALE | LEASE | FULL or TYPE-FULL and the number of taken slots
local id, mark, state, type, limit, limit_of_type, lease, token, time, retry_at = unpack(ARGV, 1, 10)
local fields = arguments(11)

local kept = redis.call('HMGET', key('sandbox', id), 'state', 'mark')
if kept[1] then
  return { kept[2] == mark and 'OK' or 'STALE' }
end
if lease ~= '' and redis.call('HGET', key('lease', lease), 'token') ~= token then
  return { 'LEASE' }
end

-- Takes the members that are warm for the longest, of a type first if need be; nil if there are not enough.
local function make_room(missing, missing_of_type)
  local chosen = {}
  local evicted = {}
  local function choose(list, number)
    for _, member in ipairs(redis.call('ZRANGE', list, 0, number + #evicted - 1)) do
      if number > 0 and not chosen[member] then
        chosen[member] = true
        table.insert(evicted, member)
        number = number - 1
      end
    end
    return number == 0
  end
  if missing_of_type > 0 and not choose(key('warm', type), missing_of_type) then
    return nil
  end
  if missing > #evicted and not choose(key('warm'), missing - #evicted) then
    return nil
  end
  return evicted
end

local missing, missing_of_type = 0, 0
if OCCUPYING[state] then
  missing, missing_of_type = lacking(key('occupied'), limit), lacking(key('occupied', type), limit_of_type)
end
local evicted = {}
if missing > 0 or missing_of_type > 0 then
  evicted = time ~= '' and make_room(missing, missing_of_type)
end
if not evicted then
  if missing_of_type > 0 then
    return { 'TYPE-FULL', redis.call('ZCARD', key('occupied', type)) }
  end
  return { 'FULL', redis.call('ZCARD', key('occupied')) }
end
for _, member in ipairs(evicted) do
  give_up(member, time, retry_at)
end
put(id, fields)
return done({ 'OK', unpack(records(evicted)) })
