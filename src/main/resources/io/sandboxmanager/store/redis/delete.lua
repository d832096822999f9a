-- Removes a record and all that it is found by.
-- ARGV: id
remove(ARGV[1])
return done('OK')
