-- Ends a lease, unless it is somebody else's by now, and tells those who wait for it.
-- Atomic: the look at the token and the end.
-- ARGV: name, token
if redis.call('HGET', key('lease', ARGV[1]), 'token') == ARGV[2] then
  redis.call('DEL', key('lease', ARGV[1]))
  tell('lease-given-up')
end
return 'OK'
