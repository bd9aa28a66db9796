-- Tells the set what the database knows of a person's day. Only ever adds, so two who load at once do no harm.
-- KEYS: 1 sorted set of the day's pictures. ARGV: 1 seconds the set is kept; 2... ids of pictures that count.
-- Returns the members.
redis.call('ZADD', KEYS[1], 'inf', '*')
for index = 2, #ARGV do redis.call('ZADD', KEYS[1], 'inf', ARGV[index]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return redis.call('ZCARD', KEYS[1])
