-- For wrk: post one body over and over, and check status and body of each reply.
--
--     wrk … -s check.lua URL -- FOLDER
--
-- FOLDER has the files `request`, `headers` (a line each), `prefix` and `suffix` (what each reply
-- begins and ends with), `longest` (bytes of the longest right reply), `numbers` (a line each: what
-- the array of the reply has; none to check none) and `tolerance`. Prints one line of JSON.

local threads = {}
local prefix, suffix, longest, tolerance
local numbers = {}
wrong = 0

local function read(folder, name)
   local file = assert(io.open(folder .. "/" .. name, "rb"))
   local text = file:read("*a")
   file:close()
   return text
end

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   local folder = args[1]
   prefix, suffix = read(folder, "prefix"), read(folder, "suffix")
   longest, tolerance = tonumber(read(folder, "longest")), tonumber(read(folder, "tolerance"))
   for number in read(folder, "numbers"):gmatch("[^\n]+") do
      table.insert(numbers, tonumber(number))
   end
   wrk.method = "POST"
   wrk.body = read(folder, "request")
   for name, value in read(folder, "headers"):gmatch("([^\n:]+): ([^\n]+)") do
      wrk.headers[name] = value
   end
   posted = wrk.format()
end

function request()
   return posted
end

local function are_near(body)
   local _, start = body:find('"ndarray":', 1, true)
   local count = 0
   for number in (start and body:sub(start + 1) or ""):gmatch("-?%d[%d.eE+-]*") do
      count = count + 1
      local wanted = numbers[count]
      -- Not `> tolerance`: what is no number would pass.
      if not wanted or not (math.abs(tonumber(number) - wanted) <= tolerance) then
         return false
      end
   end
   return count == #numbers
end

local function is_right(status, body)
   return status == 200
      and #body <= longest
      and #body >= #prefix + #suffix
      and body:sub(1, #prefix) == prefix
      and (#suffix == 0 or body:sub(-#suffix) == suffix)
      and (#numbers == 0 or are_near(body))
end

function response(status, headers, body)
   if not is_right(status, body) then
      wrong = wrong + 1
   end
end

function done(summary, latency, requests)
   local wrongs = 0
   for _, thread in ipairs(threads) do
      wrongs = wrongs + thread:get("wrong")
   end
   local errors = summary.errors
   -- A reply with another status is among the wrong ones already.
   local failed = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format(
      '{"requests": %d, "seconds": %.6f, "wrong": %d, "errors": %d, "p50_ms": %.4f, "p99_ms": %.4f}\n',
      summary.requests, summary.duration / 1e6, wrongs, failed,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
