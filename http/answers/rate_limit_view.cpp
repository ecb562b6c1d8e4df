#include "http/answers/rate_limit_view.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::chrono::seconds max_age{1};

std::string seconds(duration d) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(d).count());
}

limiter_usage empty_windows(const rate_limiter_config& limits) {
  limiter_usage u;
  u.minute = {0, limits.jobs_per_minute, std::chrono::minutes{1}, {}};
  u.hour = {0, limits.jobs_per_hour, std::chrono::hours{1}, {}};
  u.day = {0, limits.calls_per_day, std::chrono::hours{24}, {}};
  return u;
}

} // namespace

std::string rate_limit_lines(const limiter_usage& windows) {
  struct named_window {
    const char* name;
    const window_usage& window;
  };
  const std::array<named_window, 3> all{{{"minute", windows.minute}, {"hour", windows.hour}, {"day", windows.day}}};
  std::string lines = "RateLimit-Policy: ";
  for (const auto& [name, window] : all) {
    if (&window != &windows.minute)
      lines += ", ";
    lines.append("\"").append(name).append("\";q=").append(std::to_string(window.limit));
    lines.append(";w=").append(seconds(window.span));
  }
  const auto& tightest = *std::min_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.window.remaining() < b.window.remaining(); });
  lines.append("\r\nRateLimit: \"").append(tightest.name);
  lines.append("\";r=").append(std::to_string(tightest.window.remaining()));
  // An event counts until just after the span; no client is to wonder about a window of 61 seconds.
  lines.append(";t=").append(seconds(std::min(tightest.window.until_room, tightest.window.span))).append("\r\n");
  return lines;
}

rate_limit_view::rate_limit_view(ask_fn ask, const rate_limiter_config& limits, clock_fn clock)
    : ask_{std::move(ask)},
      clock_{std::move(clock)},
      lines_{std::make_shared<const std::string>(rate_limit_lines(empty_windows(limits)))} {}

rate_limit_view::lines_ptr rate_limit_view::lines(timestamp now) {
  const std::lock_guard lock{mutex_};
  const bool young = taken_at_ != timestamp::min() && now - taken_at_ < max_age;
  if (young || refreshing_)
    return lines_;
  refreshing_ = true;
  return nullptr;
}

void rate_limit_view::refresh(std::function<void(lines_ptr)> then) {
  try {
    ask_([self = shared_from_this(), then = std::move(then)](const std::variant<limiter_usage, ec>& reply) {
      then(self->refreshed(reply));
    });
  } catch (...) {
    end_refreshing();
    throw;
  }
}

rate_limit_view::lines_ptr rate_limit_view::refreshed(const std::variant<limiter_usage, ec>& reply) {
  // First of all, as what follows may throw.
  end_refreshing();
  if (const auto* windows = std::get_if<limiter_usage>(&reply))
    return update(*windows);
  return known();
}

rate_limit_view::lines_ptr rate_limit_view::known() const {
  const std::lock_guard lock{mutex_};
  return lines_;
}

void rate_limit_view::end_refreshing() {
  const std::lock_guard lock{mutex_};
  refreshing_ = false;
}

rate_limit_view::lines_ptr rate_limit_view::update(const limiter_usage& windows) {
  auto lines = std::make_shared<const std::string>(rate_limit_lines(windows));
  const std::lock_guard lock{mutex_};
  lines_ = lines;
  taken_at_ = clock_();
  return lines;
}

} // namespace glyphgate::http
