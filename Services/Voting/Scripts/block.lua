-- KEYS: 1 who blocks whom, of a voters' partition; then pairs of one of its voters. ARGV: 1 the voter; 2 the other; then a
-- day for each of the pairs.
-- Notes that the two may not vote for each other, and with the tallies of those days that the voter has to be asked about.
redis.call('SADD', KEYS[1], ARGV[1], ARGV[1] .. ARGV[2])
for n = 2, #KEYS do
    local tally = redis.call('HGET', KEYS[n], ARGV[n + 1])
    local start = tally and string.byte(tally, 6)
    -- As cast.lua says.
    if start and start < 80 then
        redis.call('HSET', KEYS[n], ARGV[n + 1], string.sub(tally, 1, 5) .. string.char(start + 32) .. string.sub(tally, 7))
    end
end
