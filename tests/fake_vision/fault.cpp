#include "fake_vision/fault.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace glyphgate::fake {

namespace {

using rapidjson::Value;

constexpr std::string_view breakage_names[] = {"none", "reset_in_request", "reset_before_answer", "reset_in_answer",
                                               "cut_answer"};
constexpr std::string_view kind_names[] = {"annotate", "token", "metadata", "other"};

std::string_view text(const Value& value) {
  return value.IsString() ? std::string_view{value.GetString(), value.GetStringLength()} : std::string_view{};
}

int number(const Value& value) {
  return value.IsInt() ? value.GetInt() : 0;
}

/// The position of a name; the number of names when it is none of them.
template <std::size_t N>
std::size_t position(const std::string_view (&names)[N], const Value& value) {
  return static_cast<std::size_t>(std::ranges::find(names, text(value)) - names);
}

std::optional<std::array<std::uint8_t, 3>> colour(const Value& value) {
  std::array<std::uint8_t, 3> parts{};
  if (!value.IsArray() || value.Size() != parts.size())
    return std::nullopt;
  for (rapidjson::SizeType i = 0; i < value.Size(); ++i) {
    if (!value[i].IsUint() || value[i].GetUint() > 255)
      return std::nullopt;
    parts[i] = static_cast<std::uint8_t>(value[i].GetUint());
  }
  return parts;
}

/// Sets one member; false when its name or value is wrong.
bool set(fault& to, std::string_view name, const Value& value) {
  if (name == "of") {
    const auto kind = position(kind_names, value);
    to.of = static_cast<request_kind>(kind);
    return kind < std::size(kind_names);
  }
  if (name == "breaks") {
    const auto kind = position(breakage_names, value);
    to.breaks = static_cast<breakage>(kind);
    return kind < std::size(breakage_names);
  }
  if (name == "if_colour") {
    to.if_colour = colour(value);
    return to.if_colour.has_value();
  }
  if (name == "stall" || name == "malformed") {
    (name == "stall" ? to.stall : to.malformed) = value.IsTrue();
    return value.IsBool();
  }
  if (name == "message" || name == "reason" || name == "retry_after" || name == "body") {
    if (name == "body")
      to.body = text(value);
    else
      (name == "message" ? to.message : name == "reason" ? to.reason : to.retry_after) = text(value);
    return value.IsString();
  }
  if (!value.IsInt() || value.GetInt() < 0)
    return false;
  if (name == "times")
    to.times = value.GetUint();
  else if (name == "delay_ms")
    to.delay = std::chrono::milliseconds{number(value)};
  else if (name == "drip_ms")
    to.drip = std::chrono::milliseconds{number(value)};
  else if (name == "status")
    to.status = number(value);
  else if (name == "image_code")
    to.image_code = number(value);
  else
    return false;
  return true;
}

} // namespace

std::string_view to_string(request_kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::vector<fault> echoes_of_credentials() {
  return {
      {.status = 500, .message = "You sent {credentials}."},
      {.status = 400, .message = "You sent {credentials}."},
      {.status = 403, .message = "{credentials}", .reason = "{credentials}"},
      {.status = 401, .message = "Bad token: {credentials}"},
      {.body = R"({"responses":[{"error":{"code":3,"message":"{credentials}"}}]})"},
      {.body = R"({"responses":[{"error":{"code":13,"message":"{credentials}"}}]})"},
      {.body = "{credentials}"},
  };
}

std::variant<std::vector<fault>, std::string> parse_faults(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError())
    return std::string{"the faults are not JSON"};
  std::vector<fault> faults;
  const auto add = [&](const Value& value) -> std::string {
    if (!value.IsObject())
      return "a fault is not an object";
    fault parsed;
    for (const auto& member : value.GetObject())
      if (!set(parsed, text(member.name), member.value))
        return "a fault's member \"" + std::string{text(member.name)} + "\" is wrong";
    faults.push_back(std::move(parsed));
    return {};
  };
  if (!document.IsArray()) {
    if (auto wrong = add(document); !wrong.empty())
      return wrong;
    return faults;
  }
  for (const auto& value : document.GetArray())
    if (auto wrong = add(value); !wrong.empty())
      return wrong;
  return faults;
}

} // namespace glyphgate::fake
