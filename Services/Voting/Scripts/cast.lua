-- KEYS: 1 epoch; 2 the partition's stream; 3 who blocks whom; then for each vote the voter's pairs of the ten days that
-- are now, which also say what the voter has used of the day. A vote for a post of other ten days comes alone: 5 the
-- voter's pairs of those. One hash tag, the voters'.
-- ARGV: 1 day; 2 second of the day, three digits; 3 the votes as the stream keeps them, all of one length: post, voter,
-- author (24 characters each), the day's cap (three digits), and what is none of the script's business; 4 anything, where
-- a voter comes more than once. Of a vote that comes alone: 4 when its pairs expire, s; 5 the pair as MongoDB has it, or ''.
-- Casts votes: pairs, caps, and one stream entry for all. Returns 'rebuilding', or { stream id or '', a tally for each };
-- where not all are new also { …, a letter for each, then the pair of each that is again or a repeat }. The letters: new,
-- again (after a withdrawal), repeat, cap, blocked. Only new and again change anything, and only they are in the stream.
-- A tally is what was used of the day (three digits), votes in the minute (two) and when that began (three, 32 added to the
-- first where the voter blocks or is blocked), digits of base 64 from '0' on: for Lua a number's text costs nearly as much
-- as a command, and those more than the rest. Tables are made with room: each time one grows costs as much again.
local call, byte, char, sub, concat = redis.call, string.byte, string.char, string.sub, table.concat
if call('EXISTS', KEYS[1]) == 0 then return 'rebuilding' end
local day, votes, alone = ARGV[1], ARGV[3], ARGV[5] and KEYS[5]
local n1, n2, n3 = byte(ARGV[2], 1, 3)
local count = alone and 1 or #KEYS - 3
local length, at = #votes / count, 1
local seen = not alone and ARGV[4] and {}
-- For each vote: the post where the vote is taken, and its tally. Of those that are not simply new: the letter, the pair
-- (or, of one that this very call has made, whose), and the changes before.
local posts, tallies = { nil, nil, nil, nil }, { nil, nil, nil, nil }
local letters, marks, earlier, firsts
for n = 1, count do
    local voter, post = KEYS[n + 3], sub(votes, at, at + 23)
    local mine = seen and seen[voter]
    local known = mine or call('HMGET', voter, day, post)
    local tally, pair, blocks, letter = known[1], known[2], false, 'n'
    if mine then pair = mine[post] or call('HGET', voter, post) end
    if alone then pair = call('HGET', alone, post) or (ARGV[5] ~= '' and ARGV[5]) end
    local u1, u2, u3, p1, p2, s1, s2, s3 = 48, 48, 48, 48, 48, n1, n2, n3
    if tally then
        u1, u2, u3, p1, p2, s1, s2, s3 = byte(tally, 1, 8)
        if s1 > 79 then blocks, s1 = true, s1 - 32 end
        local age = ((n1 - s1) * 64 + n2 - s2) * 64 + n3 - s3
        if age > 59 or age < -59 then p1, p2, s1, s2, s3 = 48, 48, n1, n2, n3 end
    else
        -- Noted for the day with its first vote, and by whoever notes a block.
        blocks = call('SISMEMBER', KEYS[3], sub(votes, at + 24, at + 47)) == 1
    end
    if blocks and call('SISMEMBER', KEYS[3], sub(votes, at + 24, at + 71)) == 1 then
        letter = 'b'
    elseif pair then
        letter = type(pair) == 'string' and byte(pair) == 48 and 'a' or 'r'
    else
        local c1, c2, c3 = byte(votes, at + 72, at + 74)
        if (u1 * 64 + u2) * 64 + u3 >= (c1 * 64 + c2) * 64 + c3 then letter = 'c' end
    end
    if letter == 'n' or letter == 'a' then
        if letter == 'n' then
            u3 = u3 + 1
            if u3 > 111 then u2, u3 = u2 + 1, 48 end
            if u2 > 111 then u1, u2 = u1 + 1, 48 end
        end
        if p2 < 111 then p2 = p2 + 1 elseif p1 < 111 then p1, p2 = p1 + 1, 48 end
        if not tally then
            firsts = firsts or {}
            firsts[#firsts + 1] = voter
        end
        tally, posts[n] = char(u1, u2, u3, p1, p2, blocks and s1 + 32 or s1, s2, s3), post
        if seen then
            known[1], known[post], seen[voter] = tally, n, known
        end
    end
    tallies[n] = tally or '00000000'
    if letter ~= 'n' and not letters then letters, marks, earlier = {}, {}, {} end
    if letters then
        letters[n], marks[n] = letter, (letter == 'a' or letter == 'r') and pair
        -- The changes before, where they go back to a vote that was displayed.
        if letter == 'a' then earlier[n] = string.match(pair, '^.:([^:]+:[^:]+.*)$') end
    end
    at = at + length
end
local all, id = concat(tallies), ''
if not letters then
    id = call('XADD', KEYS[2], '*', 'type', 'VoteCast', 'votes', votes, 'tallies', all)
else
    local taken, theirs, kinds = {}, {}, {}
    for n = 1, count do
        letters[n] = letters[n] or 'n'
        if posts[n] then
            local place = #taken + 1
            taken[place], theirs[place] = sub(votes, (n - 1) * length + 1, n * length), tallies[n]
            kinds[place] = letters[n]
        end
    end
    if #taken > 0 then
        id = call('XADD', KEYS[2], '*', 'type', 'VoteCast', 'votes', concat(taken), 'tallies', concat(theirs),
            'kinds', concat(kinds))
    end
end
local mark = '1:' .. id .. ':'
for n = 1, count do
    local post = posts[n]
    if post then
        local pair = earlier and earlier[n] and mark .. earlier[n] or mark
        if alone then
            call('HSET', alone, post, pair)
            call('HSET', KEYS[4], day, tallies[n])
            -- Mostly it is set already: looking is cheaper than writing it again, to memory and to the file.
            if call('EXPIRETIME', alone) < tonumber(ARGV[4]) then call('EXPIREAT', alone, ARGV[4]) end
        else
            call('HSET', KEYS[n + 3], day, tallies[n], post, pair)
        end
        if letters then marks[n] = letters[n] == 'a' and pair end
    end
end
-- The ten days themselves and 30 more.
for _, voter in ipairs(firsts or {}) do
    if call('TTL', voter) < 3456000 then call('EXPIRE', voter, 3456000) end
end
if not letters then return { id, all } end
local answer = { id, all, concat(letters) }
for n = 1, count do
    local pair = marks[n]
    if type(pair) == 'number' then pair = mark .. (earlier[pair] or '') end
    if pair then answer[#answer + 1] = pair end
end
return answer
