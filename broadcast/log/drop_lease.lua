-- Give an event's lease back, if it is this holder's.
-- KEYS  1 lease  ARGV  1 holder

local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^%d+ (.*)$') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
