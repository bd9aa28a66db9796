-- Keeps an answer for its retries, or lets go of the key; nothing happens when the lease has passed to another request.
-- KEYS: 1 the record of (person, route, key).
-- ARGV: 1 token of the lease; to keep an answer also 2 status, 3 content type, 4 body, 5 milliseconds to keep it.
-- Returns 1 when the lease was still this request's.
if redis.call('HGET', KEYS[1], 'lease') ~= ARGV[1] then return 0 end
if not ARGV[2] then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'type', ARGV[3], 'body', ARGV[4])
redis.call('HDEL', KEYS[1], 'lease')
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
