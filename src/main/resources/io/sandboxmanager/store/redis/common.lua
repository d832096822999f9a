-- What all scripts share. Each of them is appended to this one; those
-- that move records or look at leases, to this and index.lua or leases.lua. docs/state.md lists the keys.
--
-- KEYS[1] is the tag that all keys begin with and never a key itself: while Redis Cluster moves the
-- keys to another node, the node answers that it has no such key before the script has begun.
-- Instants are epoch nanoseconds as 19 digits. They are compared as texts: numbers cannot hold them.

local TAG = KEYS[1] .. ':'

-- How long a claim is known by its mark: for as long as Redis may be out of a server's reach.
local CLAIM_KNOWN_MILLIS = 900000

-- The name of a key, of one, two, three or five parts.
local function key(a, b, c, d, e)
  if not b then
    return TAG .. a
  elseif not c then
    return TAG .. a .. ':' .. b
  elseif not d then
    return TAG .. a .. ':' .. b .. ':' .. c
  end
  return TAG .. a .. ':' .. b .. ':' .. c .. ':' .. d .. ':' .. e
end

-- A number as Redis writes it: a large one without an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

-- Epoch microseconds by Redis's own clock.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- The arguments from the nth on.
local function arguments(n)
  return { unpack(ARGV, n) }
end

-- The place behind all others, in whichever list.
local function next_place()
  return redis.call('INCR', key('places'))
end

-- All fields of a record and their values in turn; none when there is no such record.
local function record(id)
  return redis.call('HGETALL', key('sandbox', id))
end

local function records(ids)
  local all = {}
  for i, id in ipairs(ids) do
    all[i] = record(id)
  end
  return all
end

local function tell(topic)
  redis.call('PUBLISH', key('signals'), topic)
end
