-- Take an event's lease, or renew it for the same holder.
-- KEYS  1 lease, 'token holder', gone when it has run out  2 the greatest token so far
-- ARGV  1 holder  2 ttl_ms  3 keep_s
-- Gives the token; false while another holder has it.

local held = redis.call('GET', KEYS[1])
if held then
  local token, holder = string.match(held, '^(%d+) (.*)$')
  if holder ~= ARGV[1] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(token)
end
local token = redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], string.format('%.0f', token) .. ' ' .. ARGV[1], 'PX', ARGV[2])
return token
