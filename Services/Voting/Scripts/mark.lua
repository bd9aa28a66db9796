-- KEYS: 1 a voter's pairs. ARGV: 1 post; 2 the mark's first character as it should be now; 3 as it is to be.
-- Notes whether a vote that was cast counts. Returns 1 when it changed.
local mark = redis.call('HGET', KEYS[1], ARGV[1])
if not mark or string.sub(mark, 1, 1) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. string.sub(mark, 2))
return 1
