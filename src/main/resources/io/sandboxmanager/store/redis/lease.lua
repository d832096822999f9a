-- Takes or renews a lease.
-- Atomic: the look at the holder, the token, the time.
-- ARGV: name, holder, milliseconds
-- Reply: token and its end in epoch microseconds, or nothing while somebody else has it
return take_lease(unpack(ARGV, 1, 3))
