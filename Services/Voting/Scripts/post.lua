-- KEYS: 1 what voting knows of a post. ARGV: 1 version; 2 author; 3 category; 4 access; 5 seconds to keep.
-- Sets it unless what is there is newer. Returns 1 when it was set.
local version = redis.call('HGET', KEYS[1], 'v')
if version and tonumber(version) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'a', ARGV[2], 'c', ARGV[3], 's', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
