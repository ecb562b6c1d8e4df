#include "core/log.hpp"

#include "core/clock.hpp"
#include "core/utf8.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

namespace glyphgate::log {

namespace {

struct output {
  spdlog::logger logger{"glyphgate", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  log_format format = log_format::text;

  output() { logger.set_pattern("%v"); }
};

// Never destroyed: a thread may still log while the process ends.
output& out() {
  static auto* const instance = new output;
  return *instance;
}

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
  case log_level::debug: return spdlog::level::debug;
  case log_level::info: return spdlog::level::info;
  case log_level::warn: return spdlog::level::warn;
  case log_level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(log_level level) {
  switch (level) {
  case log_level::debug: return "debug";
  case log_level::info: return "info";
  case log_level::warn: return "warn";
  case log_level::error: return "error";
  }
  return "error";
}

// Whether a viewer may take it for the end of a line, for a terminal's command, or turn the order of the text round it.
bool is_unsafe(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

void append_escape(std::string& line, char32_t code) {
  constexpr std::string_view digits = "0123456789abcdef";
  line += "\\u";
  for (unsigned shift = 16; shift != 0;) {
    shift -= 4;
    line += digits[code >> shift & 0xfU];
  }
}

// A JSON string; the text format's quoted values look the same.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t code = next_code_point(text);
    if (code == '"' || code == '\\') {
      line += '\\';
      line += static_cast<char>(code);
    } else if (is_unsafe(code) || code == replacement_code_point) {
      append_escape(line, code);
    } else {
      line += rest.substr(0, rest.size() - text.size());
    }
  }
  line += '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty())
    return true;
  while (!text.empty()) {
    const char32_t code = next_code_point(text);
    if (is_unsafe(code) || code == replacement_code_point || code == ' ' || code == '"' || code == '=' || code == '\\')
      return true;
  }
  return false;
}

template <class Number>
void append_number(std::string& line, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  line.append(digits.data(), end);
}

struct value_writer {
  std::string& line;
  log_format format;

  void operator()(std::string_view text) const {
    if (format == log_format::text && !needs_quotes(text))
      line += text;
    else
      append_quoted(line, text);
  }
  void operator()(std::int64_t number) const { append_number(line, number); }
  void operator()(double number) const {
    if (std::isfinite(number))
      append_number(line, number);
    else
      line += "null";
  }
  void operator()(bool flag) const { line += flag ? "true" : "false"; }
};

std::string text_line(std::string_view time, log_level level, std::string_view event, std::span<const field> values) {
  std::string line{time};
  line.append(" ").append(name_of(level)).append(" ").append(event);
  for (const auto& [name, value] : values) {
    line.append(" ").append(name).append("=");
    std::visit(value_writer{line, log_format::text}, value);
  }
  return line;
}

std::string json_line(std::string_view time, log_level level, std::string_view event, std::span<const field> values) {
  std::string line;
  line.append(R"({"time":")").append(time).append(R"(","level":")").append(name_of(level));
  line.append(R"(","event":")").append(event).append("\"");
  for (const auto& [name, value] : values) {
    line.append(",\"").append(name).append("\":");
    std::visit(value_writer{line, log_format::json}, value);
  }
  line += '}';
  return line;
}

} // namespace

void configure(const log_config& config) {
  out().logger.set_level(to_spdlog(config.level));
  out().format = config.format;
}

bool writes(log_level level) {
  return out().logger.should_log(to_spdlog(level));
}

void write(log_level level, std::string_view event, fields values) {
  write(level, event, std::span{values.begin(), values.size()});
}

void write(log_level level, std::string_view event, std::span<const field> values) {
  output& o = out();
  const auto severity = to_spdlog(level);
  if (!o.logger.should_log(severity))
    return;
  const auto time = to_rfc3339(std::chrono::floor<duration>(std::chrono::system_clock::now()));
  o.logger.log(severity, o.format == log_format::json ? json_line(time, level, event, values)
                                                      : text_line(time, level, event, values));
}

} // namespace glyphgate::log
