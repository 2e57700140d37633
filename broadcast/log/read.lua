-- Read a log: one consistent view of its newest entries, its position and its state fields.
-- KEYS  1 meta  2 stream  3 state
-- ARGV  1 epoch, should there be none yet  2 epoch read so far, or ''  3 offset read so far  4 limit  5 keep_s
-- Gives {epoch, offset, whole, entries, 1 if the entries come newest first, state}

local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', 0)
  redis.call('DEL', KEYS[2])
  redis.call('EXPIRE', KEYS[1], ARGV[5])
end
local offset = tonumber(redis.call('HGET', KEYS[1], 'offset'))
local limit = tonumber(ARGV[4])
local state = redis.call('HGETALL', KEYS[3])
local position = string.format('%.0f', offset)

if ARGV[2] == epoch then
  local after = tonumber(ARGV[3])
  local missing = offset - after
  if missing == 0 then return {epoch, position, 1, {}, 0, state} end
  if missing > 0 and missing <= limit then
    local entries = redis.call('XRANGE', KEYS[2], string.format('%.0f-0', after + 1), position .. '-0')
    if #entries == missing then return {epoch, position, 1, entries, 0, state} end
  end
end
local newest = limit > 0 and redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', ARGV[4]) or {}
return {epoch, position, ARGV[2] == '' and 1 or 0, newest, 1, state}
