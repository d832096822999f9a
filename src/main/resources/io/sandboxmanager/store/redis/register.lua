-- Notes that a server runs, for some time. One that left as the last may remove nothing any more from then on.
-- Atomic: forgetting those that were silent for too long, the look at the others' engines, the note, the end of the
-- lease that deregister.lua gives.
-- ARGV: server, engine, milliseconds, the instant by that server's clock
-- Reply: OK, microseconds by which that clock is ahead of Redis's | ENGINE, a server on another engine, that engine
local server, engine, millis, told = unpack(ARGV, 1, 4)
local time = now()
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', key('servers'), '-inf', whole(time))) do
  redis.call('ZREM', key('servers'), gone)
  redis.call('HDEL', key('engines'), gone)
end
local engines = redis.call('HGETALL', key('engines'))
for i = 1, #engines, 2 do
  if engines[i] ~= server and engines[i + 1] ~= engine then
    return { 'ENGINE', engines[i], engines[i + 1] }
  end
end
redis.call('ZADD', key('servers'), whole(time + millis * 1000), server)
redis.call('HSET', key('engines'), server, engine)
redis.call('DEL', key('lease', 'cleanup'))
return { 'OK', whole(told / 1000 - time) }
