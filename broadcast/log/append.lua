-- Append one draft to a log, as one act: key, standing, lease, offset, stream, state, standings, publish.
-- KEYS  1 meta  2 stream  3 state  4 standings  5 lease  6 the draft's key
-- ARGV  1 channel  2 epoch, should there be none yet  3 body  4 history_max  5 key_memory_ms  6 keep_s
--       7 author, or '' when the standing doesn't matter  8 'token holder' of the lease to be in force, or ''
--       9 how many state fields; then for each its name and '+value' or '-'; then standings, likewise
-- Gives {'new', epoch, offset, at_ms} | {'again', epoch, offset, at_ms, body or false, channel} | {'refused', code, after_ms or -1}

local clock = redis.call('TIME')
local now_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
local at_ms = string.format('%.0f', now_ms)
local epoch = redis.call('HGET', KEYS[1], 'epoch')

local seen = redis.call('GET', KEYS[6])
if seen then
  -- It may stand in another log of the event, whose keys begin with its channel and share our slot.
  local there, of_epoch, offset, then_ms = string.match(seen, '^(%S+) (%S+) (%d+) (%d+)$')
  local is_whole = redis.call('HGET', there .. ':meta', 'epoch') == of_epoch
  local found = is_whole and redis.call('XRANGE', there .. ':stream', offset .. '-0', offset .. '-0')[1]
  return {'again', of_epoch, offset, then_ms, found and found[2][4] or false, there}
end

if ARGV[7] ~= '' then
  local standing = redis.call('HGET', KEYS[4], ARGV[7])
  if standing then
    local banned, kicked, muted = string.match(standing, '^(%-?%d+) (%-?%d+) (%-?%d+)$')
    for _, rule in ipairs({{banned, 'banned'}, {kicked, 'banned'}, {muted, 'muted'}}) do
      local until_ms = tonumber(rule[1])
      if until_ms < 0 then return {'refused', rule[2], -1} end
      if until_ms > now_ms then return {'refused', rule[2], until_ms - now_ms} end
    end
  end
end

if ARGV[8] ~= '' and redis.call('GET', KEYS[5]) ~= ARGV[8] then
  return {'refused', 'stale_lease', -1}
end

if not epoch then
  epoch = ARGV[2]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', 0)
  redis.call('DEL', KEYS[2])
end
local offset = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'offset', 1))
redis.call('XADD', KEYS[2], 'MAXLEN', '=', ARGV[4], offset .. '-0', 'at', at_ms, 'body', ARGV[3])
redis.call('SET', KEYS[6], ARGV[1] .. ' ' .. epoch .. ' ' .. offset .. ' ' .. at_ms, 'PX', ARGV[5])

local function change(key, first, last)
  for i = first, last, 2 do
    if string.sub(ARGV[i + 1], 1, 1) == '+' then
      redis.call('HSET', key, ARGV[i], string.sub(ARGV[i + 1], 2))
    else
      redis.call('HDEL', key, ARGV[i])
    end
  end
end
local standings_from = 10 + 2 * tonumber(ARGV[9])
change(KEYS[3], 10, standings_from - 1)
for i = standings_from, #ARGV, 2 do
  -- A time of 0 leaves the one that is there: two who judge at once do not undo each other's word.
  local given = {string.match(ARGV[i + 1], '^%+(%-?%d+) (%-?%d+) (%-?%d+)$')}
  local present = {string.match(redis.call('HGET', KEYS[4], ARGV[i]) or '', '^(%-?%d+) (%-?%d+) (%-?%d+)$')}
  for part = 1, #given do
    if given[part] == '0' then given[part] = present[part] or '0' end
  end
  if #given > 0 then
    redis.call('HSET', KEYS[4], ARGV[i], table.concat(given, ' '))
  else
    redis.call('HDEL', KEYS[4], ARGV[i])
  end
end

for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[6]) end
redis.call('PUBLISH', ARGV[1], 'e ' .. epoch .. ' ' .. offset .. ' ' .. at_ms .. '\n' .. ARGV[3])
return {'new', epoch, offset, at_ms}
