-- Puts a realtime frame into a person's mailbox and tells whoever holds their connections.
-- KEYS: 1 the mailbox, a stream. ARGV: 1 channel; 2 the person's id; 3 type; 4 time, RFC 3339; 5 data, JSON;
-- 6 entries kept; 7 milliseconds the mailbox is kept after its last frame.
-- Returns the frame's id.
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[6], '*', 'type', ARGV[3], 'at', ARGV[4], 'data', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PUBLISH', ARGV[1], ARGV[2] .. ' ' .. id .. ' ' .. ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
return id
