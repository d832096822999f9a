-- The records whose deadline has passed, the most overdue first. Read at one moment.
-- Costs what is due: the sorted set of deadlines is exact to the microsecond, the rest is looked at.
-- ARGV: now, how many at most
-- Reply: their ids, the records
local ids = redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', string.sub(ARGV[1], 1, 16), 'LIMIT', 0, ARGV[2])
local due = {}
for _, id in ipairs(ids) do
  local deadline = redis.call('HGET', key('sandbox', id), 'deadline')
  if deadline and deadline <= ARGV[1] then
    table.insert(due, id)
  elseif not deadline then
    redis.call('ZREM', key('deadlines'), id) -- nothing would ever end it
  end
end
return { due, records(due) }
