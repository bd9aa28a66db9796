-- KEYS: 1 a board's scores; 2 each partition's share in them. One hash tag.
-- ARGV: 1 partition; 2 seconds to keep, 0 for ever; then for each author: id, share, version.
-- Sets a partition's shares unless those there are newer, and the scores to their sums. Returns how many were set.
-- A few commands for many authors: one for each would cost more than what it does.
local call, match, tonumber = redis.call, string.match, tonumber
local ARGV, scoresKey, sharesKey, partition = ARGV, KEYS[1], KEYS[2], ':' .. ARGV[1]
local count, size, last = 0, 3 * 1000, #ARGV
for first = 3, last, size do
    local fields, asked = {}, 0
    for i = first, math.min(first + size - 1, last), 3 do
        asked = asked + 1
        fields[asked] = ARGV[i] .. partition
    end
    local rows = call('HMGET', sharesKey, unpack(fields))
    -- What is written, with an author who comes twice in mind.
    local shares, written, newest, authors, changed, changes = {}, 0, {}, {}, 0, {}
    for n = 1, asked do
        local field, i = fields[n], first + 3 * (n - 1)
        local author, share, version = ARGV[i], ARGV[i + 1], ARGV[i + 2]
        local row = newest[field] or rows[n]
        local oldShare, oldVersion = 0, -1
        if row then oldShare, oldVersion = match(row, '^(.-):(.*)$') end
        if tonumber(oldVersion) < tonumber(version) then
            local value = share .. ':' .. version
            newest[field] = value
            shares[written + 1], shares[written + 2] = field, value
            written = written + 2
            local change = share - oldShare
            if change ~= 0 then
                local before = changes[author]
                if not before then
                    changed = changed + 1
                    authors[changed] = author
                end
                changes[author] = (before or 0) + change
            end
            count = count + 1
        end
    end
    if written > 0 then call('HSET', sharesKey, unpack(shares)) end
    if changed > 0 then
        local scores, set, gone = call('ZMSCORE', scoresKey, unpack(authors)), {}, {}
        for n = 1, changed do
            local author, old = authors[n], scores[n]
            local score = (old or 0) + changes[author]
            if score > 0 then
                set[#set + 1] = score
                set[#set + 1] = author
            elseif old then
                gone[#gone + 1] = author
            end
        end
        if #set > 0 then call('ZADD', scoresKey, unpack(set)) end
        if #gone > 0 then call('ZREM', scoresKey, unpack(gone)) end
    end
end
if tonumber(ARGV[2]) > 0 then
    call('EXPIRE', scoresKey, ARGV[2])
    call('EXPIRE', sharesKey, ARGV[2])
end
return count
