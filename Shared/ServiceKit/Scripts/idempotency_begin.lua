-- Claims an idempotency key for one request, or says what became of the first.
-- KEYS: 1 the record of (person, route, key).
-- ARGV: 1 digest of the body, 2 token of this request's lease, 3 milliseconds the lease lives.
-- Returns {'new'}, {'in-flight', milliseconds left}, {'reused'}, or {'done', status, content type, body}.
local record = redis.call('HMGET', KEYS[1], 'digest', 'status', 'type', 'body')
if not record[1] then
  redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'lease', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {'new'}
end
if record[1] ~= ARGV[1] then return {'reused'} end
if not record[2] then return {'in-flight', redis.call('PTTL', KEYS[1])} end
return {'done', record[2], record[3], record[4]}
