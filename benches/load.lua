-- The load of the bench, for wrk: the same event over and over, as many times in one go as its
-- argument says (1 when there is none); or another body, its second. What came of it is the last line
-- of the output, as JSON.

wrk.method = "POST"
wrk.body = '{"user":"alice","action":"buy","amount":100}'

-- wrk builds its request once, after this, unless it is given a function to call for each.
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
