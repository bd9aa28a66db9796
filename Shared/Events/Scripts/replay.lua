-- KEYS: 1 a group's dead letters; 2 its retry stream. One hash tag. ARGV: 1 the dead letter's id.
-- Hands a dead letter to its group again, with the id that it first had: `origin`, by which it stays older than what came
-- after it. Returns 1, or 0 when there is no such letter.
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then return 0 end
local fields, entry, known = found[1][2], {}, false
for i = 9, #fields, 2 do
    if fields[i] == 'origin' then known = true end
    entry[#entry + 1] = fields[i]
    entry[#entry + 1] = fields[i + 1]
end
-- A letter of a letter keeps the first id: its source is the retry stream.
if not known then
    entry[#entry + 1] = 'origin'
    entry[#entry + 1] = fields[8]
end
redis.call('XADD', KEYS[2], '*', unpack(entry))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
