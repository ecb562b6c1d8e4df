-- For wrk: posts a small JPEG that differs from every other by a comment. PICTURE names a baseline JPEG.
local file = io.open(os.getenv("PICTURE"), "rb")
local picture = file:read("*a")
file:close()

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

local count = 0
function request()
  count = count + 1
  local comment = string.format("%d %d %d", os.time(), number, count)
  local size = #comment + 2
  local body = picture:sub(1, 2) .. "\xff\xfe" .. string.char(math.floor(size / 256), size % 256) .. comment ..
    picture:sub(3)
  return wrk.format("POST", "/ocr/jobs", { ["Content-Type"] = "image/jpeg" }, body)
end

local refused = 0
function response(status)
  if status ~= 202 then
    refused = refused + 1
    if refused == 1 then
      print("first answer other than 202: " .. status)
    end
  end
end
