-- KEYS: 1 epoch; 2 the voter's pairs; 3 the partition's stream. One hash tag, the voter's.
-- ARGV: 1 post; 2 when the pairs expire, s; 3 the pair as MongoDB has it, or ''; 4 event type; 5 its version; 6 event id;
-- 7 at, ms; 8 traceparent or ''; 9 event data.
-- Withdraws a vote where there is one. Returns {outcome, pair}; the outcome is withdrawn, none or rebuilding.
if redis.call('EXISTS', KEYS[1]) == 0 then return {'rebuilding', ''} end
local pair = redis.call('HGET', KEYS[2], ARGV[1]) or (ARGV[3] ~= '' and ARGV[3])
if not pair or string.sub(pair, 1, 1) == '0' then return {'none', pair or ''} end
local entry = {'type', ARGV[4], 'v', ARGV[5], 'id', ARGV[6], 'at', ARGV[7]}
if ARGV[8] ~= '' then
    entry[#entry + 1] = 'tp'
    entry[#entry + 1] = ARGV[8]
end
local id = redis.call('XADD', KEYS[3], '*', 'data', ARGV[9], unpack(entry))
local mark = '0:' .. id .. ':'
-- A vote that was not counted was never displayed: there is nothing to take off. Three changes before are enough.
if string.sub(pair, 1, 1) == '1' then
    local changes = string.match(pair, '^.:(.-):?$')
    mark = mark .. (string.match(changes, '^([^:]*:[^:]*:[^:]*)') or changes)
end
redis.call('HSET', KEYS[2], ARGV[1], mark)
redis.call('EXPIREAT', KEYS[2], ARGV[2])
return {'withdrawn', mark}
