-- Revokes a ticket, tells all servers so, and forgets tickets that have ended by themselves since they were revoked.
-- Atomic: nobody hears of it before it is so.
-- ARGV: ticket, milliseconds after which it has ended by itself
redis.call('ZREMRANGEBYSCORE', key('revoked-tickets'), '-inf', whole(now()))
redis.call('ZADD', key('revoked-tickets'), whole(now() + ARGV[2] * 1000), ARGV[1])
tell('tickets-revoked')
return 'OK'
