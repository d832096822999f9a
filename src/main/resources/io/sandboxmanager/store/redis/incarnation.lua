-- The first words on each connection: which Redis this is, since when it keeps the state, and whether the server that
-- asks is one of those whose state it is.
-- Atomic: the look at what Redis is now, and, if it is another than before, the end of all warm members. One of
-- them may have been handed out by a step that was lost with the other; since every connection begins with this
-- question, none is handed out before it was asked.
-- A state that has lost the id that all servers share takes that of whoever asks first.
-- ARGV: the id, a text by which servers tell whether they have the right STATE_KEY
-- Reply: OK, the run and the history of the data, since when in epoch microseconds | OTHER and the id that is kept
local manager = redis.call('GET', key('manager'))
if manager and manager ~= ARGV[1] then
  return { 'OTHER', manager }
end
if not manager then
  redis.call('SET', key('manager'), ARGV[1])
  redis.call('SET', key('seal'), ARGV[2], 'NX')
end
local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
local name = (string.match(info, 'run_id:(%w+)') or '') .. '/' .. (string.match(info, 'master_replid:(%w+)') or '')
local kept = redis.call('HMGET', key('incarnation'), 'name', 'since')
if manager and kept[1] == name then
  return { 'OK', name, kept[2] }
end

local since = whole(now())
local time = since .. '000'
for _, member in ipairs(redis.call('ZRANGE', key('warm'), 0, -1)) do
  if facts_of(member) then
    give_up(member, time, time)
  end
end
redis.call('HSET', key('incarnation'), 'name', name, 'since', since)
return done({ 'OK', name, since })
