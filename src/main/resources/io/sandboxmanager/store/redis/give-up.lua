-- Ends a lease, unless it is somebody else's by now.
-- Atomic: the look at the token and the end.
-- ARGV: name, token
if redis.call('HGET', key('lease', ARGV[1]), 'token') == ARGV[2] then
  redis.call('DEL', key('lease', ARGV[1]))
end
return 'OK'
