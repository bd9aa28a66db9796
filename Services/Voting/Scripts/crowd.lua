-- KEYS: 1 accounts seen on an address or a device. ARGV: 1 account; 2 seconds to remember; 3 the most worth counting.
-- Notes an account. Returns how many distinct ones there are.
local size = redis.call('SCARD', KEYS[1])
if size < tonumber(ARGV[3]) then size = size + redis.call('SADD', KEYS[1], ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return size
