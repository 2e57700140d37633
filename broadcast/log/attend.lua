-- Say how many members a node has in a room, and give the total over the nodes that said so lately.
-- KEYS  1 members, a hash of node to 'members until_ms'
-- ARGV  1 node  2 members  3 ttl_ms

local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %.0f', ARGV[2], now_ms + ARGV[3]))

local total, last_ms = 0, 0
local nodes = redis.call('HGETALL', KEYS[1])
for i = 1, #nodes, 2 do
  local members, until_ms = string.match(nodes[i + 1], '^(%d+) (%d+)$')
  until_ms = tonumber(until_ms)
  if until_ms <= now_ms then
    redis.call('HDEL', KEYS[1], nodes[i])
  else
    total = total + tonumber(members)
    last_ms = math.max(last_ms, until_ms)
  end
end
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last_ms))
return total
