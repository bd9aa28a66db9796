-- KEYS: 1 the job; 2 leased; 3 delayed; 4 dead. One hash tag.
-- ARGV: 1 job id; 2 token; 3 what: extend, done, retry, dead, release; 4 a time in ms: the lease's new end, or when due;
-- 5 reason; 6 seconds for which a finished job's id stays known.
-- Ends or extends a lease. Returns 1, or 0 with nothing changed when the lease is somebody else's by now.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return 0 end
if ARGV[3] == 'extend' then
    redis.call('ZADD', KEYS[2], 'XX', ARGV[4], ARGV[1])
    return 1
end
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[3] == 'done' then
    redis.call('HSET', KEYS[1], 'state', 'done', 'token', '')
    redis.call('HDEL', KEYS[1], 'payload')
    redis.call('EXPIRE', KEYS[1], ARGV[6])
    return 1
end
local job = redis.call('HMGET', KEYS[1], 'attempt', 'allowed')
if ARGV[3] == 'dead' or (ARGV[3] == 'retry' and tonumber(job[1]) >= tonumber(job[2])) then
    redis.call('HSET', KEYS[1], 'state', 'dead', 'token', '', 'reason', ARGV[5])
    redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
    return 1
end
if ARGV[3] == 'release' then redis.call('HINCRBY', KEYS[1], 'attempt', -1) end
redis.call('HSET', KEYS[1], 'state', 'waiting', 'token', '', 'reason', ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
return 1
