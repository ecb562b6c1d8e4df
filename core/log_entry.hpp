#pragma once

#include "core/config.hpp"
#include "core/log.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glyphgate {

/// A line for the log, as a state machine asks for it. Its strings are its own, unlike those of `log::fields`.
struct log_entry {
  struct value {
    std::string_view name;
    std::variant<std::string, std::int64_t, bool> is;

    value(std::string_view n, std::string v) : name{n}, is{std::move(v)} {}
    value(std::string_view n, std::string_view v) : name{n}, is{std::string{v}} {}
    value(std::string_view n, const char* v) : name{n}, is{std::string{v}} {}
    value(std::string_view n, bool v) : name{n}, is{v} {}
    template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
    value(std::string_view n, T v) : name{n},
                                     is{static_cast<std::int64_t>(v)} {}
  };

  log_level level = log_level::info;
  /// As in `log::write`; a literal, as are the names of the values.
  std::string_view event;
  std::vector<value> values;
};

/// Writes it.
void write(const log_entry& entry);

} // namespace glyphgate
