-- KEYS: 1 what voting knows of a post. ARGV: 1 seconds to keep; then for each row: partition, displayed, version, position.
-- Sets each row unless what is there is newer. Returns how many were set.
local count = 0
for i = 2, #ARGV, 4 do
    local field = 't' .. ARGV[i]
    local row = redis.call('HGET', KEYS[1], field)
    if not row or tonumber(string.match(row, '^[^:]*:([^:]*)')) < tonumber(ARGV[i + 2]) then
        redis.call('HSET', KEYS[1], field, ARGV[i + 1] .. ':' .. ARGV[i + 2] .. ':' .. ARGV[i + 3])
        count = count + 1
    end
end
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
