-- KEYS: 1 the job; 2 waiting; 3 delayed; 4 dead. One hash tag. ARGV: 1 job id; 2 what: revive or cancel.
-- Revives a dead job with its attempts counted anew, or removes one that is not leased. Returns 1, or 0 when it is not there.
local job = redis.call('HMGET', KEYS[1], 'state', 'rank')
if ARGV[2] == 'cancel' then
    if not job[1] or job[1] == 'leased' or job[1] == 'done' then return 0 end
    redis.call('ZREM', KEYS[2], ARGV[1])
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('ZREM', KEYS[4], ARGV[1])
    redis.call('DEL', KEYS[1])
    return 1
end
if job[1] ~= 'dead' then return 0 end
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HSET', KEYS[1], 'state', 'waiting', 'attempt', 0)
redis.call('ZADD', KEYS[2], job[2], ARGV[1])
return 1
