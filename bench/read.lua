-- SPDX-License-Identifier: MIT
-- One request, over and over, for wrk. From the environment: BENCH_BODY (a file; absent: GET),
-- BENCH_HEADERS ("Name: value" lines). Prints one line for bench.py when done.
local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^\n:]+): ([^\n]*)") do
  wrk.headers[name] = value
end
if os.getenv("BENCH_BODY") then
  wrk.method = "POST"
  wrk.body = slurp(os.getenv("BENCH_BODY"))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "bench requests=%d us=%d bytes=%d refused=%d broken=%d p50_us=%d p99_us=%d\n",
    summary.requests, summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
