-- Takes back a claim whose answer nobody has heard.
-- Atomic: the look whether it was carried out, the end of the sandbox or the note that it is to do nothing when it
-- comes late. Carried out twice it does no harm.
-- ARGV: mark of the claim, now
local mark, time = unpack(ARGV, 1, 2)
local id = redis.call('GET', key('claim', mark))
if not id then
  redis.call('SET', key('claim', mark), '', 'PX', CLAIM_KNOWN_MILLIS)
elseif id ~= '' then
  local kept = redis.call('HMGET', key('sandbox', id), 'state', 'mark')
  if kept[1] == 'RUNNING' and kept[2] == mark then
    give_up(id, time, time)
  end
end
return done('OK')
