-- KEYS: 1 a group's dead letters; 2 its retry stream. One hash tag. ARGV: 1 the dead letter's id.
-- Hands a dead letter to its group again. Returns 1, or 0 when there is no such letter.
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then return 0 end
local fields, entry = found[1][2], {}
for i = 9, #fields do entry[#entry + 1] = fields[i] end
redis.call('XADD', KEYS[2], '*', unpack(entry))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
