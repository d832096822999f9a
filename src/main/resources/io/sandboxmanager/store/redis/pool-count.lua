-- How the pool of a type is filled. Read at one moment.
-- ARGV: type, template hash
-- Reply: warm members of this template, members on their way, warm members of other templates
local current = redis.call('ZCARD', key('warm', ARGV[1], ARGV[2]))
return { current, redis.call('ZCARD', key('starting', ARGV[1])), redis.call('ZCARD', key('warm', ARGV[1])) - current }
