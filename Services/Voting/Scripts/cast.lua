-- KEYS: 1 epoch; 2 the voter's pairs; 3 votes used today; 4 votes this minute; 5 whom the voter blocks or is blocked by;
-- 6 the partition's stream. One hash tag, the voter's.
-- ARGV: 1 post; 2 author; 3 the day's cap; 4 when the pairs expire, s; 5 the pair as MongoDB has it, or ''; 6 event type;
-- 7 its version; 8 event id; 9 at, ms; 10 traceparent or ''; 11 event data, a JSON object.
-- Casts a vote: pair, cap and stream entry at once. Returns "OUTCOME USED PAIR", used being today's votes, the pair empty
-- where there is none; the outcome is new, again (after a withdrawal), repeat, cap, blocked or rebuilding. Only new and
-- again change anything. Each call costs Redis more than all of Lua around it, hence the two look-ups in one.
local call = redis.call
local known = call('MGET', KEYS[1], KEYS[3])
if not known[1] then return 'rebuilding 0 ' end
local used = known[2] or '0'
if call('SISMEMBER', KEYS[5], ARGV[2]) == 1 then return 'blocked ' .. used .. ' ' end
local pair = call('HGET', KEYS[2], ARGV[1]) or (ARGV[5] ~= '' and ARGV[5])
local again = pair and string.sub(pair, 1, 1) == '0'
if pair and not again then return 'repeat ' .. used .. ' ' .. pair end
if not again and tonumber(used) >= tonumber(ARGV[3]) then return 'cap ' .. used .. ' ' end
local pace = call('INCR', KEYS[4])
if pace == 1 then call('EXPIRE', KEYS[4], 60) end
local data = ARGV[11]
if again then data = string.sub(data, 1, -2) .. ',"isRepeat":true}' end
local id
if ARGV[10] == '' then
    id = call('XADD', KEYS[6], '*', 'data', data, 'pace', pace, 'type', ARGV[6], 'v', ARGV[7], 'id', ARGV[8], 'at', ARGV[9])
else
    id = call('XADD', KEYS[6], '*', 'data', data, 'pace', pace, 'type', ARGV[6], 'v', ARGV[7], 'id', ARGV[8], 'at', ARGV[9],
        'tp', ARGV[10])
end
local mark = '1:' .. id .. ':'
-- The changes before, where they go back to a vote that was displayed.
if again then mark = mark .. (string.match(pair, '^.:([^:]+:[^:]+.*)$') or '') end
call('HSET', KEYS[2], ARGV[1], mark)
-- Mostly it is set already: looking is cheaper than writing it again, to memory and to the file.
if call('EXPIRETIME', KEYS[2]) < tonumber(ARGV[4]) then call('EXPIREAT', KEYS[2], ARGV[4]) end
if again then return 'again ' .. used .. ' ' .. mark end
used = call('INCR', KEYS[3])
if used == 1 then call('EXPIRE', KEYS[3], 172800) end
return 'new ' .. used .. ' ' .. mark
