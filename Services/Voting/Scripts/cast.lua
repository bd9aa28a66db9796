-- KEYS: 1 epoch; 2 the voter's pairs; 3 votes used today; 4 votes this minute; 5 whom the voter blocks or is blocked by;
-- 6 the partition's stream. One hash tag, the voter's.
-- ARGV: 1 post; 2 author; 3 the day's cap; 4 when the pairs expire, s; 5 the pair as MongoDB has it, or ''; 6 event type;
-- 7 its version; 8 event id; 9 at, ms; 10 traceparent or ''; 11 event data, a JSON object.
-- Casts a vote: pair, cap and stream entry at once. Returns {outcome, used today, pair}; the outcome is new, again (after
-- a withdrawal), repeat, cap, blocked or rebuilding. Only new and again change anything.
if redis.call('EXISTS', KEYS[1]) == 0 then return {'rebuilding', 0, ''} end
local used = tonumber(redis.call('GET', KEYS[3]) or '0')
if redis.call('SISMEMBER', KEYS[5], ARGV[2]) == 1 then return {'blocked', used, ''} end
local pair = redis.call('HGET', KEYS[2], ARGV[1]) or (ARGV[5] ~= '' and ARGV[5])
local again = pair and string.sub(pair, 1, 1) == '0'
if pair and not again then return {'repeat', used, pair} end
if not again and used >= tonumber(ARGV[3]) then return {'cap', used, ''} end
local pace = redis.call('INCR', KEYS[4])
if pace == 1 then redis.call('EXPIRE', KEYS[4], 60) end
local data = ARGV[11]
if again then data = string.sub(data, 1, -2) .. ',"isRepeat":true}' end
local entry = {'type', ARGV[6], 'v', ARGV[7], 'id', ARGV[8], 'at', ARGV[9]}
if ARGV[10] ~= '' then
    entry[#entry + 1] = 'tp'
    entry[#entry + 1] = ARGV[10]
end
local id = redis.call('XADD', KEYS[6], '*', 'data', data, 'pace', pace, unpack(entry))
local mark = '1:' .. id .. ':'
-- The changes before, where they go back to a vote that was displayed.
if again then mark = mark .. (string.match(pair, '^.:([^:]+:[^:]+.*)$') or '') end
redis.call('HSET', KEYS[2], ARGV[1], mark)
redis.call('EXPIREAT', KEYS[2], ARGV[4])
if again then return {'again', used, mark} end
if redis.call('INCR', KEYS[3]) == 1 then redis.call('EXPIRE', KEYS[3], 172800) end
return {'new', used + 1, mark}
