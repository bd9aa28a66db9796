-- KEYS: 1 waiting; 2 delayed; 3 leased jobs by the end of their lease; 4 dead. One hash tag; job keys are KEYS[1]'s
-- tag and ARGV[5] before the id, and so in the same slot.
-- ARGV: 1 now, ms; 2 end of the lease, ms; 3 token; 4 how many; 5 prefix of job keys.
-- Takes back what lost its lease, wakes what is due, and leases the first jobs. Returns {id, payload, attempt, …}.
local function back(id)
    local key = ARGV[5] .. id
    local job = redis.call('HMGET', key, 'rank', 'attempt', 'allowed')
    if not job[1] then return end
    if tonumber(job[2]) >= tonumber(job[3]) then
        redis.call('HSET', key, 'state', 'dead', 'reason', 'the lease ended', 'token', '')
        redis.call('ZADD', KEYS[4], ARGV[1], id)
    else
        redis.call('HSET', key, 'state', 'waiting', 'token', '')
        redis.call('ZADD', KEYS[1], job[1], id)
    end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, 100)) do
    redis.call('ZREM', KEYS[3], id)
    back(id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 100)) do
    redis.call('ZREM', KEYS[2], id)
    local rank = redis.call('HGET', ARGV[5] .. id, 'rank')
    if rank then redis.call('ZADD', KEYS[1], rank, id) end
end
local taken = {}
local first = redis.call('ZPOPMIN', KEYS[1], ARGV[4])
for i = 1, #first, 2 do
    local id, key = first[i], ARGV[5] .. first[i]
    local payload = redis.call('HGET', key, 'payload')
    if payload then
        local attempt = redis.call('HINCRBY', key, 'attempt', 1)
        redis.call('HSET', key, 'state', 'leased', 'token', ARGV[3])
        redis.call('ZADD', KEYS[3], ARGV[2], id)
        taken[#taken + 1] = id
        taken[#taken + 1] = payload
        taken[#taken + 1] = attempt
    end
end
return taken
