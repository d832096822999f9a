-- What the scripts share that move records between the lists by which they are found. It follows common.lua.

local POOL_OWNER = 'pool'
local OCCUPYING = { PROVISIONING = true, WARM = true, RUNNING = true, STOPPED = true }
local HANDED_OUT = { RUNNING = true, STOPPED = true }
local COUNTING_ON_CONTAINER = { PROVISIONING = true, WARM = true, RUNNING = true, STOPPED = true, RELEASING = true }
local IN_SESSION = { RUNNING = true, STOPPED = true, RECYCLED = true }

-- --- what a record is found by: it follows from the facts in the record alone -------------------

local FACTS = { 'state', 'type', 'hash', 'owner', 'usedBy', 'session', 'engine', 'ref', 'formerRef', 'deadline' }

-- What is kept of these facts now, by name; nil when there is no such record.
local function kept_of(id, names)
  local values = redis.call('HMGET', key('sandbox', id), unpack(names))
  if not values[1] then
    return nil
  end
  local kept = {}
  for i, name in ipairs(names) do
    kept[name] = values[i]
  end
  return kept
end

-- Facts, after names and values in turn were set.
local function with(facts, fields)
  for i = 1, #fields, 2 do
    facts[fields[i]] = fields[i + 1]
  end
  return facts
end

-- Where a record with these facts is found.
local function found_by(kept)
  return {
    state = kept.state, type = kept.type, hash = kept.hash, owner = kept.owner, usedBy = kept.usedBy,
    engine = kept.engine, deadline = kept.deadline,
    container = COUNTING_ON_CONTAINER[kept.state] and kept.engine and kept.ref,
    ref = kept.ref or kept.formerRef,
    session = IN_SESSION[kept.state] and kept.session,
  }
end

-- The facts that indexes depend on, or nil when there is no such record.
local function facts_of(id)
  local kept = kept_of(id, FACTS)
  return kept and found_by(kept)
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
  local place
  for list in pairs(to) do
    if not from[list] then
      place = place or next_place()
      redis.call('ZADD', list, place, id)
    end
  end
end

local function move_session(from, to)
  if from == to then
    return
  end
  if from and redis.call('EXISTS', key('session', from)) == 0 then
    redis.call('ZREM', key('sessions'), from)
  end
  if to then
    redis.call('ZADD', key('sessions'), 'NX', next_place(), to)
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
  if old.container == new.container and old.engine == new.engine then
    return
  end
  if old.container and redis.call('HGET', key('containers', old.engine), old.container) == id then
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
  move_session(old.session, new.session)
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

-- Keeps a record with these fields and no others.
local function put(id, fields)
  local before = facts_of(id)
  redis.call('DEL', key('sandbox', id))
  redis.call('HSET', key('sandbox', id), unpack(fields))
  reindex(id, before, found_by(with({}, fields)))
end

-- Changes some fields of a record; its version is raised.
local function change(id, fields)
  local kept = kept_of(id, FACTS)
  local before = found_by(kept)
  redis.call('HSET', key('sandbox', id), unpack(fields))
  redis.call('HINCRBY', key('sandbox', id), 'version', 1)
  reindex(id, before, found_by(with(kept, fields)))
end

-- Gives a sandbox up: its container is to go, by the deadline at the latest.
local function give_up(id, time, deadline)
  change(id, { 'state', 'RELEASING', 'updatedAt', time, 'releasedAt', time, 'deadline', deadline })
end

-- Whatever is left of it.
local function remove(id)
  local before = facts_of(id)
  redis.call('DEL', key('sandbox', id))
  redis.call('ZREM', key('deadlines'), id)
  reindex(id, before, nil)
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

-- The reply of a script that changes records; whoever waits for a change of the pools is told.
local function done(reply)
  if pools_changed then
    tell('pools-changed')
  end
  return reply
end
