-- KEYS: what voting knows of some posts. One hash tag, the posts' partition.
-- ARGV: 1 seconds to keep; then for each row: which of the keys, partition, displayed, version, position.
-- Sets each row unless what is there is newer. Returns how many were set.
local count = 0
for i = 2, #ARGV, 5 do
    local key, field = KEYS[tonumber(ARGV[i])], 't' .. ARGV[i + 1]
    local row = redis.call('HGET', key, field)
    if not row or tonumber(string.match(row, '^[^:]*:([^:]*)')) < tonumber(ARGV[i + 3]) then
        redis.call('HSET', key, field, ARGV[i + 2] .. ':' .. ARGV[i + 3] .. ':' .. ARGV[i + 4])
        count = count + 1
    end
end
for _, key in ipairs(KEYS) do
    if redis.call('TTL', key) < 0 then redis.call('EXPIRE', key, ARGV[1]) end
end
return count
