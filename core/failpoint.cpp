#include "core/failpoint.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace glyphgate::failpoint {

namespace {

enum class action : std::uint8_t { error, stall, kill };

struct setting {
  action what = action::error;
  std::chrono::milliseconds stall{};
  std::uint64_t first = 1;
  std::uint64_t last = UINT64_MAX;
  double probability = 1;
  std::mt19937_64 random;
  std::uint64_t hits = 0;

  bool applies() {
    ++hits;
    return hits >= first && hits <= last &&
           (probability >= 1 || std::generate_canonical<double, 53>(random) < probability);
  }
};

[[noreturn]] void refuse(std::string_view text, const char* why) {
  throw std::invalid_argument{"failpoint \"" + std::string{text} + "\": " + why};
}

template <class T>
T parse(std::string_view text, std::string_view whole) {
  T value{};
  const auto* end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, value); error != std::errc{} || at != end)
    refuse(whole, "a number is wrong");
  return value;
}

// Cuts `text` at the first of the separators; returns what was behind it.
std::string_view cut(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos)
    return {};
  const auto behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

std::pair<std::string, setting> parse_setting(std::string_view whole) {
  auto name = whole;
  auto what = cut(name, '=');
  const auto place = std::ranges::find(sites, name, &site::name);
  if (place == sites.end())
    refuse(whole, "no failpoint has that name");
  setting s;
  if (auto probability = cut(what, '%'); !probability.empty()) {
    const auto seed = cut(probability, ':');
    s.probability = parse<double>(probability, whole);
    s.random.seed(parse<std::uint64_t>(seed, whole));
  }
  if (auto hit = cut(what, '@'); !hit.empty()) {
    const bool onwards = hit.ends_with('+');
    if (onwards)
      hit.remove_suffix(1);
    s.first = parse<std::uint64_t>(hit, whole);
    s.last = onwards ? UINT64_MAX : s.first;
  }
  const auto argument = cut(what, ':');
  if (what == "stall") {
    s.what = action::stall;
    s.stall = std::chrono::milliseconds{parse<std::uint32_t>(argument, whole)};
  } else if (what == "kill") {
    s.what = action::kill;
  } else if (what != "error") {
    refuse(whole, "the action must be error, stall:MS or kill");
  } else if (!place->can_fail) {
    refuse(whole, "this one cannot fail");
  }
  return {std::string{name}, s};
}

std::map<std::string, setting, std::less<>> parse_settings(std::string_view text) {
  std::map<std::string, setting, std::less<>> settings;
  while (!text.empty()) {
    auto one = text;
    text = cut(one, ';');
    if (one.empty())
      continue;
    auto [name, s] = parse_setting(one);
    settings.insert_or_assign(std::move(name), s);
  }
  return settings;
}

class registry {
public:
  registry() {
    const char* text = std::getenv("GLYPHGATE_FAILPOINTS");
    try {
      settings_ = parse_settings(text == nullptr ? "" : text);
    } catch (const std::invalid_argument& e) {
      // A test that asks for something else than it believes must not pass.
      std::fprintf(stderr, "GLYPHGATE_FAILPOINTS: %s\n", e.what());
      std::abort();
    }
  }

  void replace(std::string_view text) {
    auto settings = parse_settings(text);
    const std::lock_guard lock{mutex_};
    settings_ = std::move(settings);
  }

  bool hit(std::string_view name) {
    std::chrono::milliseconds stall{};
    {
      const std::lock_guard lock{mutex_};
      const auto found = settings_.find(name);
      if (found == settings_.end() || !found->second.applies())
        return false;
      if (found->second.what == action::error)
        return true;
      if (found->second.what == action::kill)
        std::raise(SIGKILL);
      stall = found->second.stall;
    }
    std::this_thread::sleep_for(stall);
    return false;
  }

private:
  std::mutex mutex_;
  std::map<std::string, setting, std::less<>> settings_;
};

registry& the_registry() {
  static registry one;
  return one;
}

} // namespace

void configure(std::string_view settings) {
  the_registry().replace(settings);
}

bool fails(site_name name) {
  return the_registry().hit(name.text);
}

} // namespace glyphgate::failpoint
