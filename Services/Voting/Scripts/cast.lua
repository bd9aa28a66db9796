-- KEYS: 1 epoch; 2 the partition's stream; then for each vote: the voter's pairs of the ten days that are now, which also
-- say what the voter has used of the day, and whom the voter blocks or is blocked by. A vote for a post of other ten days
-- comes alone: 5 the voter's pairs of those. One hash tag, the voters'.
-- ARGV: 1 day; 2 second of the day, three digits; then for each vote: post; the day's cap; event, as the stream keeps it.
-- Of a vote that comes alone: 6 when its pairs expire, s; 7 the pair as MongoDB has it, or ''.
-- Casts votes: pair, cap and stream entry at once. Returns for each "OUTCOME TALLY PAIR", the pair empty where there is
-- none; the outcome is new, again (after a withdrawal), repeat, cap, blocked or rebuilding. Only new and again change
-- anything. A tally is what was used of the day (three digits), votes in the minute (two) and when that began (three),
-- digits of base 64 from '0' on: for Lua a number's text costs nearly as much as a command, and those more than the rest.
local call, byte, char, sub = redis.call, string.byte, string.char, string.sub
local day, second, alone, answers = ARGV[1], ARGV[2], #KEYS == 5, {}
local n1, n2, n3 = byte(second, 1, 3)
local isWhole = call('EXISTS', KEYS[1]) == 1
for n = 1, math.floor(#KEYS / 2) - 1 do
    local voter, post, event = KEYS[2 * n + 1], ARGV[3 * n], ARGV[3 * n + 2]
    local known = call('HMGET', voter, day, post, 'blocks')
    local tally, pair, used, pace, start = known[1], known[2], 0, 0, second
    if tally then
        local u1, u2, u3, p1, p2, s1, s2, s3 = byte(tally, 1, 8)
        used = (u1 * 64 + u2) * 64 + u3 - 199728
        local age = ((n1 - s1) * 64 + n2 - s2) * 64 + n3 - s3
        if age > -60 and age < 60 then pace, start = p1 * 64 + p2 - 3120, sub(tally, 6) end
    end
    if alone then pair = call('HGET', KEYS[5], post) or (ARGV[7] ~= '' and ARGV[7]) end
    -- Who has somebody blocked is noted for the day with the first vote, and by whoever notes a block.
    local blocks = known[3] or (not tally and call('EXISTS', KEYS[2 * n + 2]) == 1)
    local again = pair and sub(pair, 1, 1) == '0'
    local outcome = 'new'
    if not isWhole then
        outcome = 'rebuilding'
    elseif blocks and call('SISMEMBER', KEYS[2 * n + 2], string.match(event, '"authorID":"(%x+)"')) == 1 then
        outcome, pair = 'blocked', false
    elseif again then
        outcome, event = 'again', sub(event, 1, -2) .. ',"isRepeat":true}'
    elseif pair then
        outcome = 'repeat'
    elseif used >= tonumber(ARGV[3 * n + 1]) then
        outcome = 'cap'
    end
    if outcome == 'new' or outcome == 'again' then
        local isFirst = not tally
        if not again then used = used + 1 end
        if pace < 4095 then pace = pace + 1 end
        local u3, p2 = used % 64, pace % 64
        local u2 = (used - u3) / 64 % 64
        tally = char((used - u3 - u2 * 64) / 4096 + 48, u2 + 48, u3 + 48, (pace - p2) / 64 + 48, p2 + 48) .. start
        local mark = '1:' .. call('XADD', KEYS[2], '*', 'type', 'VoteCast', 'event', event, 'tally', tally) .. ':'
        -- The changes before, where they go back to a vote that was displayed.
        pair = again and mark .. (string.match(pair, '^.:([^:]+:[^:]+.*)$') or '') or mark
        if alone then
            call('HSET', KEYS[5], post, pair)
            call('HSET', voter, day, tally)
            -- Mostly it is set already: looking is cheaper than writing it again, to memory and to the file.
            if call('EXPIRETIME', KEYS[5]) < tonumber(ARGV[6]) then call('EXPIREAT', KEYS[5], ARGV[6]) end
        else
            call('HSET', voter, day, tally, post, pair)
        end
        if isFirst then
            if blocks then call('HSET', voter, 'blocks', '1') end
            -- The ten days themselves and 30 more.
            if call('TTL', voter) < 3456000 then call('EXPIRE', voter, 3456000) end
        end
    end
    answers[n] = outcome .. ' ' .. (tally or '00000000') .. ' ' .. (pair or '')
end
return answers
