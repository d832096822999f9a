-- What tickets are signed with, and which of some were revoked.
-- Atomic: of several servers that bring a key where there is none, one leaves its own and all get that.
-- ARGV: a key in case there is none, or empty to leave it so; tickets
-- Reply: the key, or empty; those of the tickets that were revoked
local signing = redis.call('GET', key('ticket-key'))
if not signing and ARGV[1] ~= '' then
  redis.call('SET', key('ticket-key'), ARGV[1])
  signing = ARGV[1]
end
local reply = { signing or '' }
local time = now()
for i = 2, #ARGV do
  local kept_until = redis.call('ZSCORE', key('revoked-tickets'), ARGV[i])
  if kept_until and tonumber(kept_until) > time then
    reply[#reply + 1] = ARGV[i]
  end
end
return reply
