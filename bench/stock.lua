-- Fills the shared state with copies of one warm sandbox: as many warm ones as are asked for, or as many in use.
-- Copies of an earlier call are as new again. They have records and no containers.
-- KEYS: what all keys begin with | ARGV: id of the sandbox that is copied, number of the first, how many, state
local tag, model, first, count, state = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local fields = redis.call('HGETALL', tag .. ':sandbox:' .. model)
local facts, place = {}, {}
for i = 1, #fields, 2 do
  facts[fields[i]] = fields[i + 1]
  place[fields[i]] = i + 1
end
local type, hash = facts.type, facts.hash
for number = first, first + count - 1 do
  local id = string.format('%s%020d', state == 'WARM' and 'bench' or 'inuse', number)
  fields[place.id], fields[place.ref] = id, 'container-' .. id
  fields[place.name] = string.gsub(facts.name, model, id)
  fields[place.state] = state
  redis.call('DEL', tag .. ':sandbox:' .. id)
  redis.call('HSET', tag .. ':sandbox:' .. id, unpack(fields))
  for _, list in ipairs({ ':occupied', ':occupied:' .. type }) do
    redis.call('ZADD', tag .. list, number, id)
  end
  if state == 'WARM' then
    for _, list in ipairs({ ':warm', ':warm:' .. type, ':warm:' .. type .. ':' .. hash }) do
      redis.call('ZADD', tag .. list, number, id)
    end
  end
  redis.call('ZADD', tag .. ':ids', 0, id)
  redis.call('ZREM', tag .. ':deadlines', id)
  redis.call('HSET', tag .. ':refs', fields[place.ref], id)
  redis.call('HSET', tag .. ':containers:' .. facts.engine, fields[place.ref], id)
end
return count
