#pragma once

#include "core/config.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

/// The service's log: one line an event on standard error, as `LOG_FORMAT` says. Never a body, never a secret.
/// Usable from any thread; a line is written whole.
namespace glyphgate::log {

/// A named value of an event. Strings are escaped, so that a value cannot break the line.
struct field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  field(std::string_view n, std::string_view v) : name{n}, value{v} {}
  field(std::string_view n, const std::string& v) : name{n}, value{std::string_view{v}} {}
  field(std::string_view n, const char* v) : name{n}, value{std::string_view{v}} {}
  field(std::string_view n, bool v) : name{n}, value{v} {}
  field(std::string_view n, double v) : name{n}, value{v} {}
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  field(std::string_view n, T v) : name{n},
                                   value{static_cast<std::int64_t>(v)} {}
};

using fields = std::initializer_list<field>;

/// Sets what is written and how; called once at start, before other threads exist.
void configure(const log_config& config);

/// Whether events of that level are written.
bool writes(log_level level);

/// Writes an event, named in snake_case, if its level is written at all.
void write(log_level level, std::string_view event, fields values = {});
void write(log_level level, std::string_view event, std::span<const field> values);

inline void debug(std::string_view event, fields values = {}) {
  write(log_level::debug, event, values);
}
inline void info(std::string_view event, fields values = {}) {
  write(log_level::info, event, values);
}
inline void warn(std::string_view event, fields values = {}) {
  write(log_level::warn, event, values);
}
inline void error(std::string_view event, fields values = {}) {
  write(log_level::error, event, values);
}

} // namespace glyphgate::log
