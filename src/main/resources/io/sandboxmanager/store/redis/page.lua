-- Records in the order of their ids. Read at one moment; the next page goes on after an id, so that
-- what comes and goes meanwhile neither repeats nor hides another.
-- ARGV: id after which the page begins ('' for the first one), size
-- Reply: the last id ('' for an empty page), the records
local after = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local ids = redis.call('ZRANGEBYLEX', key('ids'), after, '+', 'LIMIT', 0, ARGV[2])
return { ids[#ids] or '', records(ids) }
