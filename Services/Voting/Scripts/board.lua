-- KEYS: 1 a board's scores; 2 each partition's share in them. One hash tag.
-- ARGV: 1 partition; 2 seconds to keep, 0 for ever; then for each author: id, share, version.
-- Sets a partition's shares unless those there are newer, and the scores to their sums. Returns how many were set.
-- A few commands for many authors: one for each would cost more than what it does.
local count, size = 0, 3 * 1000
for first = 3, #ARGV, size do
    local fields = {}
    for i = first, math.min(first + size, #ARGV + 1) - 3, 3 do fields[#fields + 1] = ARGV[i] .. ':' .. ARGV[1] end
    local rows = redis.call('HMGET', KEYS[2], unpack(fields))
    -- What is written, with an author who comes twice in mind.
    local shares, newest, authors, changes = {}, {}, {}, {}
    for n, field in ipairs(fields) do
        local i = first + 3 * (n - 1)
        local row = newest[field] or rows[n]
        local share, version = 0, -1
        if row then
            local colon = string.find(row, ':', 1, true)
            share, version = tonumber(string.sub(row, 1, colon - 1)), tonumber(string.sub(row, colon + 1))
        end
        if version < tonumber(ARGV[i + 2]) then
            newest[field] = ARGV[i + 1] .. ':' .. ARGV[i + 2]
            shares[#shares + 1] = field
            shares[#shares + 1] = newest[field]
            local change = tonumber(ARGV[i + 1]) - share
            if change ~= 0 then
                if not changes[ARGV[i]] then authors[#authors + 1] = ARGV[i] end
                changes[ARGV[i]] = (changes[ARGV[i]] or 0) + change
            end
            count = count + 1
        end
    end
    if #shares > 0 then redis.call('HSET', KEYS[2], unpack(shares)) end
    if #authors > 0 then
        local scores, set, gone = redis.call('ZMSCORE', KEYS[1], unpack(authors)), {}, {}
        for n, author in ipairs(authors) do
            local score = (tonumber(scores[n] or '0')) + changes[author]
            if score > 0 then
                set[#set + 1] = score
                set[#set + 1] = author
            elseif scores[n] then
                gone[#gone + 1] = author
            end
        end
        if #set > 0 then redis.call('ZADD', KEYS[1], unpack(set)) end
        if #gone > 0 then redis.call('ZREM', KEYS[1], unpack(gone)) end
    end
end
if tonumber(ARGV[2]) > 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return count
