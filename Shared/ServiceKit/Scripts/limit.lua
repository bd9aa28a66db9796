-- Counts one request in a window, exactly.
-- KEYS: 1 the counter of (subject, window). ARGV: 1 how many to add, 2 milliseconds the counter lives.
-- Returns the count in the window.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count
