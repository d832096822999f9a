-- Takes back a claim whose answer nobody has heard.
-- Atomic: the look whether it was carried out, the end of the sandbox or the note that it is to do nothing when it
-- comes late. Carried out twice it does no harm.
-- ARGV: mark of the claim, now
local mark, time = unpack(ARGV, 1, 2)
local id = redis.call('GET', key('claim', mark))
if not id then
  redis.call('SET', key('claim', mark), '', 'PX', CLAIM_KNOWN_MILLIS)
elseif id ~= '' then
  -- One that is in no session nobody else knows, whatever has become of it since.
  local kept = kept_of(id, { 'state', 'mark', 'session' })
  if kept and HANDED_OUT[kept.state] and (kept.mark == mark or not kept.session) then
    give_up(id, time, time)
  end
end
return done('OK')
