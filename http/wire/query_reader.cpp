#include "http/wire/query_reader.hpp"

#include "http/wire/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace glyphgate::http {

std::optional<std::string> query_reader::text(std::string_view name) {
  const auto values = query_values(query_, name);
  if (!values)
    wrong(name, "it is not percent-encoded properly");
  return !values || values->empty() ? std::nullopt : std::optional{values->back()};
}

std::optional<std::uint64_t> query_reader::number(std::string_view name, std::uint64_t least, std::uint64_t most) {
  const auto value = text(name);
  if (!value)
    return std::nullopt;
  std::uint64_t result = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), result);
  if (error == std::errc{} && end == value->data() + value->size() && result >= least && result <= most)
    return result;
  wrong(name, "it must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

bool query_reader::flag(std::string_view name) {
  if (const auto values = query_values(query_, name); values && values->size() > 1)
    wrong(name, "it must be given once");
  const auto value = text(name);
  if (!value || *value == "false" || *value == "0")
    return false;
  if (*value != "true" && *value != "1")
    wrong(name, "it must be true or false, 1 or 0");
  return true;
}

void query_reader::wrong(std::string_view name, std::string detail) {
  if (std::ranges::find(errors_, name, &input_error::field) == errors_.end())
    errors_.push_back({{}, std::string{name}, std::move(detail)});
}

std::optional<problem> query_reader::refusal() {
  if (errors_.empty())
    return std::nullopt;
  return invalid_request("the query is not valid", std::move(errors_));
}

} // namespace glyphgate::http
