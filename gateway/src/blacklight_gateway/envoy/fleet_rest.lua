-- The status codes and errors of the fleet's contract by REST. The service says the code of a success in the header
-- x-http-code; an error arrives as the JSON of google.rpc.Status and leaves in the shape that these hosts know.
local ERRORS = {
  ["400"] = "bad_request", ["401"] = "unauthorized", ["403"] = "forbidden", ["404"] = "not_found",
  ["409"] = "conflict", ["413"] = "payload_too_large", ["429"] = "too_many_requests",
  ["500"] = "internal_error", ["503"] = "unavailable", ["504"] = "timeout",
}
local REASONS = { ["500"] = "INTERNAL", ["503"] = "SERVICE_UNAVAILABLE", ["504"] = "TIMEOUT" }

local function error_in_their_shape(handle, status)
  local body = handle:body()
  if body == nil or body:length() > 65536 then return end
  local text = body:getBytes(0, body:length())
  if text:sub(1, 7) ~= '{"code"' then return end
  -- The service's own text, whose quotes are escaped: it ends before the first that is not.
  local message = text:match('"message":"(.-)","details"') or text:match('"message":"(.*)"') or ""
  local reason = text:match('"reason":"([A-Z0-9_]+)"') or REASONS[status] or "ERROR"
  if status == "429" then
    handle:headers():replace("retry-after", text:match('"retry_after_seconds":"(%d+)"') or "1")
  end
  local made = string.format('{"error":"%s","message":"%s","status":%s,"reason":"%s"}',
    ERRORS[status] or "error", message, status, reason)
  handle:headers():replace("content-length", tostring(body:setBytes(made)))
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local code = headers:get("x-http-code")
  if code ~= nil then
    headers:remove("x-http-code")
    if code:match("^[2-5]%d%d$") then headers:replace(":status", code) end
    if code == "204" then
      headers:remove("content-type")
      headers:remove("content-length")
    end
    return
  end
  local status = headers:get(":status")
  if tonumber(status) >= 400 then error_in_their_shape(handle, status) end
end
