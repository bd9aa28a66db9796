-- Notes that a process lives, by the server's clock, and forgets those that have long been silent.
-- KEYS: 1 hash of the last words of each process.
-- ARGV: 1 the process, 2 its state as JSON, 3 milliseconds after which a silent process is forgotten.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. '|' .. ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local at = tonumber(string.match(all[index + 1], '^%d+'))
  if not at or now - at > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[index]) end
end
return 1
