-- The id that all servers share, and a text by which each can tell whether it has the right STATE_KEY.
-- Atomic: the first server leaves its own, all others find these.
-- ARGV: an id and a text, in case there are none
-- Reply: the id and the text that are kept
redis.call('SET', key('manager'), ARGV[1], 'NX')
redis.call('SET', key('seal'), ARGV[2], 'NX')
return { redis.call('GET', key('manager')), redis.call('GET', key('seal')) }
