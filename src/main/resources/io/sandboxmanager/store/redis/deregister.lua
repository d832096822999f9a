-- Notes that a server leaves. The last one gets a lease under which it may remove all sandboxes.
-- Atomic: its leaving, the look whether it was the last, the lease: of several that leave at the same time one is
-- told so, and a server that registers after it ends the lease.
-- ARGV: server, milliseconds
-- Reply: token of the lease and its end in epoch microseconds, or nothing when others are left
local server, millis = unpack(ARGV, 1, 2)
redis.call('ZREM', key('servers'), server)
redis.call('HDEL', key('engines'), server)
if redis.call('ZCOUNT', key('servers'), '(' .. whole(now()), '+inf') > 0 then
  return {}
end
return take_lease('cleanup', server, millis)
