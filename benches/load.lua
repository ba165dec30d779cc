-- The load of the benchmark, for wrk: repeats one event. The first argument is the number of
-- pipelined requests (default 1), the second another body. The last line of the output is the
-- result as JSON.

wrk.method = "POST"
wrk.body = '{"user":"alice","action":"buy","amount":100}'

-- wrk calls `format` for each request if it is a function, so the request is built only once.
function init(args)
  wrk.body = args[2] or wrk.body
  local requests = string.rep(wrk.format(), tonumber(args[1] or 1))
  wrk.format = function() return requests end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"microseconds":%d,"not_2xx":%d,"errors":%d,"p50_us":%d,"p99_us":%d,"max_us":%d}',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
