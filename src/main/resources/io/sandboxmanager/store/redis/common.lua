-- What all scripts share; each of them is appended to this one. docs/state.md lists the keys.
--
-- KEYS[1] is the tag that all keys begin with and never a key itself: while Redis Cluster moves the
-- keys to another node, the node answers that it has no such key before the script has begun.
-- Instants are epoch nanoseconds as 19 digits. They are compared as texts: numbers cannot hold them.

local POOL_OWNER = 'pool'
local OCCUPYING = { PROVISIONING = true, WARM = true, RUNNING = true, STOPPED = true }
local HANDED_OUT = { RUNNING = true, STOPPED = true }
local COUNTING_ON_CONTAINER = { PROVISIONING = true, WARM = true, RUNNING = true, STOPPED = true, RELEASING = true }
local IN_SESSION = { RUNNING = true, STOPPED = true, RECYCLED = true }

local function key(...)
  return table.concat({ KEYS[1], ... }, ':')
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

-- --- what a record is found by: it follows from the facts in the record alone -------------------

local FACTS = { 'state', 'type', 'hash', 'owner', 'usedBy', 'session', 'engine', 'ref', 'formerRef', 'deadline' }

-- The facts that indexes depend on, or nil when there is no such record.
local function facts_of(id)
  local values = redis.call('HMGET', key('sandbox', id), unpack(FACTS))
  if not values[1] then
    return nil
  end
  local facts = {}
  for i, name in ipairs(FACTS) do
    facts[name] = values[i]
  end
  facts.container = COUNTING_ON_CONTAINER[facts.state] and facts.engine and facts.ref
  facts.ref = facts.ref or facts.formerRef
  facts.session = IN_SESSION[facts.state] and facts.session
  return facts
end

-- The lists that a record is in, as the keys of a table.
local function lists_of(facts)
  local lists = {}
  if facts.state == 'WARM' then
    lists[key('warm')] = true
    lists[key('warm', facts.type)] = true
    if facts.usedBy then
      lists[key('warm', facts.type, facts.hash, 'of', facts.usedBy)] = true
      lists[key('used', facts.type, facts.hash)] = true
    else
      lists[key('warm', facts.type, facts.hash)] = true
    end
  end
  if facts.state == 'PROVISIONING' and facts.owner == POOL_OWNER then
    lists[key('starting', facts.type)] = true
  end
  if OCCUPYING[facts.state] then
    lists[key('occupied')] = true
    lists[key('occupied', facts.type)] = true
  end
  if facts.session then
    lists[key('session', facts.session)] = true
  end
  return lists
end

-- A list is a sorted set in the order of joining: who stays keeps its place, who joins is last.
local function move_between_lists(id, from, to)
  for list in pairs(from) do
    if not to[list] then
      redis.call('ZREM', list, id)
    end
  end
  for list in pairs(to) do
    if not from[list] then
      redis.call('ZADD', list, redis.call('INCR', key('places')), id)
    end
  end
end

local function note_session(name)
  if not name then
    return
  end
  if redis.call('EXISTS', key('session', name)) == 0 then
    redis.call('ZREM', key('sessions'), name)
  else
    redis.call('ZADD', key('sessions'), 'NX', redis.call('INCR', key('places')), name)
  end
end

local function move_ref(id, from, to)
  if from == to then
    return
  end
  if from and redis.call('HGET', key('refs'), from) == id then
    redis.call('HDEL', key('refs'), from)
  end
  if to then
    redis.call('HSET', key('refs'), to, id)
  end
end

-- The containers that records count on, for each engine.
local function move_container(id, old, new)
  if old.container and (old.container ~= new.container or old.engine ~= new.engine)
      and redis.call('HGET', key('containers', old.engine), old.container) == id then
    redis.call('HDEL', key('containers', old.engine), old.container)
  end
  if new.container then
    redis.call('HSET', key('containers', new.engine), new.container, id)
  end
end

local function move_deadline(id, from, to)
  if to and from ~= to then
    redis.call('ZADD', key('deadlines'), string.sub(to, 1, 16), id)
  elseif from and not to then
    redis.call('ZREM', key('deadlines'), id)
  end
end

local pools_changed = false

-- Moves a record from where it was found to where it is found now; nil for not at all.
local function reindex(id, before, after)
  local from = before and lists_of(before) or {}
  local to = after and lists_of(after) or {}
  local old, new = before or {}, after or {}
  move_between_lists(id, from, to)
  if old.session ~= new.session then
    note_session(old.session)
    note_session(new.session)
  end
  move_ref(id, old.ref, new.ref)
  move_container(id, old, new)
  move_deadline(id, old.deadline, new.deadline)
  if not after then
    redis.call('ZREM', key('ids'), id)
  elseif not before then
    redis.call('ZADD', key('ids'), 0, id)
  end
  pools_changed = pools_changed or from[key('warm')] ~= to[key('warm')]
    or (from[key('occupied')] and not to[key('occupied')])
end

-- --- records ------------------------------------------------------------------------------------

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

-- Keeps a record with these fields and no others.
local function put(id, fields)
  local before = facts_of(id)
  redis.call('DEL', key('sandbox', id))
  redis.call('HSET', key('sandbox', id), unpack(fields))
  reindex(id, before, facts_of(id))
end

-- Changes some fields of a record and takes away others; its version is raised.
local function change(id, fields, gone)
  local before = facts_of(id)
  redis.call('HSET', key('sandbox', id), unpack(fields))
  if #gone > 0 then
    redis.call('HDEL', key('sandbox', id), unpack(gone))
  end
  redis.call('HINCRBY', key('sandbox', id), 'version', 1)
  reindex(id, before, facts_of(id))
end

local function remove(id)
  local before = facts_of(id)
  if before then
    redis.call('DEL', key('sandbox', id))
    reindex(id, before, nil)
  end
end

-- --- slots --------------------------------------------------------------------------------------

-- How many slots are lacking for one more record, where a limit of 0 is none.
local function lacking(list, limit)
  if tonumber(limit) == 0 then
    return 0
  end
  return math.max(0, redis.call('ZCARD', list) + 1 - tonumber(limit))
end

-- --- the end of a script ------------------------------------------------------------------------

local function tell(topic)
  redis.call('PUBLISH', key('signals'), topic)
end

-- The reply of a script that changes records; whoever waits for a change of the pools is told.
local function done(reply)
  if pools_changed then
    tell('pools-changed')
  end
  return reply
end
