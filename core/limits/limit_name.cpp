#include "core/limits/limit_name.hpp"

#include <fmt/format.h>

namespace glyphgate {

namespace {

std::string much(measure what, std::uint64_t limit) {
  switch (what) {
  case measure::jobs: return fmt::format("{} job{}", limit, limit == 1 ? "" : "s");
  case measure::calls: return fmt::format("{} call{}", limit / whole_call, limit == whole_call ? "" : "s");
  case measure::budget: return "US$" + to_dollars(limit);
  }
  return {};
}

} // namespace

std::string to_dollars(micro_dollars price) {
  auto text = fmt::format("{}.{:06}", price / 1'000'000, price % 1'000'000);
  const auto cents = text.size() - 4;
  while (text.size() > cents && text.back() == '0')
    text.pop_back();
  return text;
}

std::string limit_name(const admission& refused) {
  const auto whose =
      refused.whose.empty() ? std::string{"the service's limit"} : "the limit of key \"" + refused.whose + '"';
  const bool is_hour = refused.window == to_string(window_kind::hour);
  return fmt::format("{} of {} {} {}", whose, much(refused.what, refused.limit), is_hour ? "an" : "a", refused.window);
}

} // namespace glyphgate
