-- KEYS: 1 the job; 2 waiting jobs by rank; 3 delayed jobs by due time; 4 sequence. One hash tag.
-- ARGV: 1 job id; 2 payload; 3 priority, higher first, 0-100; 4 due, ms; 5 now, ms; 6 attempts allowed.
-- Puts a job in the queue unless its id is known. Returns 1 when it is new, else 0.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local rank = (100 - tonumber(ARGV[3])) * 1e13 + redis.call('INCR', KEYS[4])
redis.call('HSET', KEYS[1], 'payload', ARGV[2], 'rank', string.format('%.0f', rank), 'attempt', 0,
    'allowed', ARGV[6], 'state', 'waiting', 'at', ARGV[5])
if tonumber(ARGV[4]) > tonumber(ARGV[5]) then
    redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
else
    redis.call('ZADD', KEYS[2], string.format('%.0f', rank), ARGV[1])
end
return 1
