-- A thousand visitors in turn, requests written out beforehand.
local requests = {}
local turn = 0

init = function()
  for i = 1, 1000 do
    local cookie = string.format("serin=%020dAA; visitor=v%d", i, i)
    requests[i] = wrk.format("GET", nil, { Host = "shop.example", Cookie = cookie, ["User-Agent"] = "bench" })
  end
end

-- wrk.format without a path takes the one of the URL
request = function()
  turn = turn % 1000 + 1
  return requests[turn]
end
