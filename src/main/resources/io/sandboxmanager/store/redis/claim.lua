-- Hands out a warm member of a template: the oldest that the same owner used before, else the oldest that
-- nobody used. Who waits in the queue of the type is not overtaken: there must be more members than wait
-- ahead of the caller.
-- Atomic: the look at the queue, the choice, all that the claim changes of the record, its session, its
-- deadline, or the signal that a member is wanted and the caller's place in the queue.
-- That the pool lacks a member now is told by the server that claimed, if it is not itself the one who fills.
-- A command that is sent again because its answer was lost finds what it claimed by its mark; one that was taken
-- back meanwhile finds nothing. That is seen when the mark is to be kept: what was chosen goes back to its place.
-- This is what callers wait for: the lists are moved without a look at the record, since a warm one can only
-- be in those of lists_of.
-- ARGV: type, template hash, owner, mark, waiter ('' for who does not wait), how many may wait, how long a
--       place is kept in milliseconds, session ('' for none), deadline ('' for none), fields
-- Reply: of the record what the caller does not know: id, version, made, engine, ref and usedBy (nothing where
--        nothing was claimed), the place in the queue (0 for who is not in it), the number of that place, the
--        length of the queue; of a command that came before the whole record, and AGAIN in the end
local type, hash, owner, mark, waiter, capacity, millis, session, deadline = unpack(ARGV, 1, 9)
local queue, ends = key('queue', type), key('queue-ends', type)
local fresh = key('warm', type, hash)
local own = key('warm', type, hash, 'of', owner)

-- The reply to a command that came before; nil to one that did not.
local function before()
  local claimed = redis.call('GET', key('claim', mark))
  return claimed and { claimed ~= '' and record(claimed) or {}, 0, 0, 0, 'AGAIN' }
end

local waiting = redis.call('ZCARD', queue)
if waiting > 0 then
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', whole(now()))) do
    redis.call('ZREM', queue, gone)
    redis.call('ZREM', ends, gone)
  end
  waiting = redis.call('ZCARD', queue)
end
local rank = waiting > 0 and waiter ~= '' and redis.call('ZRANK', queue, waiter)
local ahead = rank or waiting
if ahead == 0 or redis.call('ZCARD', fresh) + redis.call('ZCARD', own) > ahead then
  local list, chosen = own, redis.call('ZPOPMIN', own)
  if not chosen[1] then
    list, chosen = fresh, redis.call('ZPOPMIN', fresh)
  end
  local id = chosen[1]
  if id then
    if not redis.call('SET', key('claim', mark), id, 'NX', 'PX', CLAIM_KNOWN_MILLIS) then
      redis.call('ZADD', list, chosen[2], id)
      return before()
    end
    if list == own then
      redis.call('ZREM', key('used', type, hash), id)
    end
    if rank then
      redis.call('ZREM', queue, waiter)
      redis.call('ZREM', ends, waiter)
    end
    local sandbox = key('sandbox', id)
    local version, made, engine, ref, used_by = unpack(redis.call('HMGET', sandbox, 'version', 'made', 'engine',
      'ref', 'usedBy'))
    version = whole(version + 1)
    redis.call('HSET', sandbox, 'version', version, unpack(ARGV, 10))
    redis.call('ZREM', key('warm'), id)
    redis.call('ZREM', key('warm', type), id)
    if session ~= '' then
      local place = next_place()
      redis.call('ZADD', key('session', session), place, id)
      redis.call('ZADD', key('sessions'), 'NX', place, session)
    end
    if deadline ~= '' then
      redis.call('ZADD', key('deadlines'), string.sub(deadline, 1, 16), id)
    end
    return { { id, version, made, engine, ref, used_by }, 0, 0, waiting }
  end
end

local earlier = before()
if earlier then
  return earlier
end
if not rank then
  tell('member-wanted')
end
if waiter == '' or (not rank and waiting >= tonumber(capacity)) then
  return { {}, 0, 0, waiting }
end
if not rank then
  rank, waiting = waiting, waiting + 1
  redis.call('ZADD', queue, next_place(), waiter)
end
redis.call('ZADD', ends, whole(now() + millis * 1000), waiter)
return { {}, rank + 1, whole(redis.call('ZSCORE', queue, waiter)), waiting }
