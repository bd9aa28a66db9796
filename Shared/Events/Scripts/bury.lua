-- KEYS: 1 the stream an entry came from; 2 the group's dead letters. One hash tag.
-- ARGV: 1 group; 2 entry id; 3 reason; 4 attempts; then the entry's fields, name and value.
-- Moves the entry: kept with its reason, acknowledged where it came from. Returns the dead letter's id.
local letter = {'reason', ARGV[3], 'attempts', ARGV[4], 'source', KEYS[1], 'source-id', ARGV[2]}
for i = 5, #ARGV do letter[#letter + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100000, '*', unpack(letter))
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return id
