-- Takes one picture of a person's day, or finds that there is none left.
-- KEYS: 1 sorted set of the day's pictures: id -> ms until which an unconfirmed one is reserved, or inf.
-- ARGV: 1 the picture's id; 2 pictures a day; 3 now, ms; 4 reserved until, ms; 5 seconds the set is kept.
-- Returns the pictures used with this one; -1 when there is none left; -2 when the set is not there (ask the database).
if redis.call('EXISTS', KEYS[1]) == 0 then return -2 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])
-- One member is the mark that the set was loaded; it never counts.
local used = redis.call('ZCARD', KEYS[1]) - 1
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return used end
if used >= tonumber(ARGV[2]) then return -1 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return used + 1
