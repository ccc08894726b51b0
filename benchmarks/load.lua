-- What wrk sends and how it counts: the plan (a Lua table that load.py wrote) says everything.
--
-- In the plan's body and path, @N is an id that is used once, @P one of the people, @D a definition and
-- @A its beacon's address, @I a network address of the person. An answer counts as right if it has the expected status and text.

right, wrong, first_wrong = 0, 0, "" -- global: wrk reads them across threads

local plan
local unique = 0
local threads = {}
local numbers = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  plan = dofile(args[1])
end

function prepare(template)
  -- A template becomes a list of texts and of functions that make what stands between them.
  local parts, position = {}, 1
  while true do
    local start = template:find("@[NPDAI]", position)
    if not start then break end
    parts[#parts + 1] = template:sub(position, start - 1)
    parts[#parts + 1] = numbers[template:sub(start + 1, start + 1)]
    position = start + 2
  end
  parts[#parts + 1] = template:sub(position)
  return parts
end

function numbers.N()
  unique = unique + 1
  -- Ids come in no order, as those that browsers and other systems make.
  return string.format("%08x-", unique * 2654435761 % 4294967296) .. plan.tag .. unique
end
function numbers.P() return (unique + math.floor(unique / plan.definitions) * 37) % plan.people end
function numbers.I() return "10.1." .. math.floor(numbers.P() / 256) .. "." .. numbers.P() % 256 end
function numbers.D() return unique % plan.definitions end
function numbers.A() return plan.addresses[unique % #plan.addresses + 1] end

local body, path, forwarded

local function filled(parts)
  local texts = {}
  for index = 1, #parts do
    local part = parts[index]
    texts[index] = type(part) == "function" and part() or part
  end
  return table.concat(texts)
end

function request()
  body = body or prepare(plan.body)
  path = path or prepare(plan.path)
  forwarded = forwarded or (plan.forwarded and prepare(plan.forwarded))
  local text = filled(body)
  if forwarded then plan.headers["X-Forwarded-For"] = filled(forwarded) end
  return wrk.format(plan.method, filled(path), plan.headers, plan.method ~= "GET" and text or nil)
end

function response(status, headers, text)
  if status == plan.status and (plan.expected == "" or text:find(plan.expected, 1, true)) then
    right = right + 1
  else
    wrong = wrong + 1
    if wrong == 1 then first_wrong = status .. " " .. text end
  end
end

function done(summary, latency, requests)
  local counted, failed, example = 0, 0, ""
  for _, thread in ipairs(threads) do
    counted = counted + thread:get("right")
    failed = failed + thread:get("wrong")
    if example == "" then example = thread:get("first_wrong") end
  end
  local errors = summary.errors
  print("\n@@" .. table.concat({
    counted, failed, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99),
  }, " "))
  print("@!" .. example:gsub("\n", " "))
end
