-- Which Redis this is, and whether it still has the id that all servers share. Read at one moment.
-- Reply: the run and the history of the data, and the id ('' when it is gone)
local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
local run = string.match(info, 'run_id:(%w+)') or ''
local history = string.match(info, 'master_replid:(%w+)') or ''
return { run .. '/' .. history, redis.call('GET', key('manager')) or '' }
