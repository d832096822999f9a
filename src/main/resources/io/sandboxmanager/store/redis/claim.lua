-- Hands out a warm member of a template: the oldest that the same owner used before, else the oldest that
-- nobody used. Who waits in the queue of the type is not overtaken: there must be more members than wait
-- ahead of the caller.
-- Atomic: the look at the queue, the choice, all that the claim changes of the record, its session, its
-- deadline, the signal that the pool lacks a member, or the caller's place in the queue.
-- A command that is sent again because its answer was lost finds what it claimed by its mark.
-- ARGV: type, template hash, owner, mark, ticket ('' for who does not wait), how many may wait, how long a
--       ticket is good in milliseconds, number of fields, fields, names of fields that are taken away
-- Reply: the record (or nothing), the place in the queue (0 for who is not in it), the ticket's number there,
--        the length of the queue
local type, hash, owner, mark, ticket, capacity, millis, count = unpack(ARGV, 1, 8)
local CLAIM_KNOWN_MILLIS = 60000
local queue, ends = key('queue', type), key('queue-ends', type)
local fresh, own = key('warm', type, hash), key('warm', type, hash, 'of', owner)

local claimed = redis.call('GET', key('claim', mark))
if claimed then
  return { record(claimed), 0, 0, 0 }
end

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', whole(now()))) do
  redis.call('ZREM', queue, gone)
  redis.call('ZREM', ends, gone)
end
local waiting = redis.call('ZCARD', queue)
local rank = ticket ~= '' and redis.call('ZRANK', queue, ticket)
if redis.call('ZCARD', fresh) + redis.call('ZCARD', own) > (rank or waiting) then
  local id = redis.call('ZRANGE', own, 0, 0)[1] or redis.call('ZRANGE', fresh, 0, 0)[1]
  if rank then
    redis.call('ZREM', queue, ticket)
    redis.call('ZREM', ends, ticket)
  end
  change(id, { unpack(ARGV, 9, 8 + 2 * count) }, arguments(9 + 2 * count))
  redis.call('SET', key('claim', mark), id, 'PX', CLAIM_KNOWN_MILLIS)
  return done({ record(id), 0, 0, waiting })
end

if not rank then
  tell('member-wanted')
end
if ticket == '' or (not rank and waiting >= tonumber(capacity)) then
  return { {}, 0, 0, waiting }
end
if not rank then
  rank, waiting = waiting, waiting + 1
  redis.call('ZADD', queue, redis.call('INCR', key('places')), ticket)
end
redis.call('ZADD', ends, whole(now() + millis * 1000), ticket)
return { {}, rank + 1, whole(redis.call('ZSCORE', queue, ticket)), waiting }
