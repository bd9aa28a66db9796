-- KEYS: 1 a board's scores; 2 each partition's share in them. One hash tag.
-- ARGV: 1 partition; 2 seconds to keep, 0 for ever; then for each author: id, share, version.
-- Sets a partition's shares unless those there are newer, and the scores to their sums. Returns how many were set.
local count = 0
for i = 3, #ARGV, 3 do
    local field = ARGV[i] .. ':' .. ARGV[1]
    local row = redis.call('HGET', KEYS[2], field)
    local share, version = 0, -1
    if row then
        share, version = string.match(row, '^([^:]*):(.*)$')
    end
    if tonumber(version) < tonumber(ARGV[i + 2]) then
        redis.call('HSET', KEYS[2], field, ARGV[i + 1] .. ':' .. ARGV[i + 2])
        local change = tonumber(ARGV[i + 1]) - tonumber(share)
        if change ~= 0 and tonumber(redis.call('ZINCRBY', KEYS[1], change, ARGV[i])) <= 0 then
            redis.call('ZREM', KEYS[1], ARGV[i])
        end
        count = count + 1
    end
end
if tonumber(ARGV[2]) > 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return count
