-- KEYS: 1 a voter's pairs. ARGV: 1 when they expire, s; then post and mark, again and again.
-- Puts back pairs that Redis has lost; newer ones stay. Returns how many were put back.
local count = 0
for i = 2, #ARGV, 2 do count = count + redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIREAT', KEYS[1], ARGV[1])
return count
