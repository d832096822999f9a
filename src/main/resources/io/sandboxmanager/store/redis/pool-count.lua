-- How the pool of a type is filled. Read at one moment.
-- ARGV: type, template hash
-- Reply: warm members of this template that nobody used, members on their way, warm members of other templates,
--        warm members of this template that were used before, members wanted at least and at most if that was
--        set ('' otherwise), how many wait and have not fallen silent
local type, hash = ARGV[1], ARGV[2]
local fresh, used = redis.call('ZCARD', key('warm', type, hash)), redis.call('ZCARD', key('used', type, hash))
local bounds = redis.call('HMGET', key('pool', type), 'min', 'max')
return { fresh, redis.call('ZCARD', key('starting', type)), redis.call('ZCARD', key('warm', type)) - fresh - used,
  used, bounds[1] or '', bounds[2] or '', redis.call('ZCOUNT', key('queue-ends', type), '(' .. whole(now()), '+inf') }
