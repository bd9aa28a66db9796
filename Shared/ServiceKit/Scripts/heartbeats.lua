-- KEYS: 1 hash of the last words of each process. ARGV: none.
-- Returns {process, milliseconds since it spoke, its state, …}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local at, state = string.match(all[index + 1], '^(%d+)|(.*)$')
  if at then
    answer[#answer + 1] = all[index]
    answer[#answer + 1] = math.floor(now - tonumber(at))
    answer[#answer + 1] = state
  end
end
return answer
