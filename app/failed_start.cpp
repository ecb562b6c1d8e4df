#include "app/failed_start.hpp"

#include "core/log.hpp"

#include <cstdio>

namespace glyphgate {

int report_failed_start(log_format format, int code, const std::string& why) {
  if (format == log_format::json) {
    log::configure({log_level::error, format});
    log::error("start_failed", {{"reason", why}, {"exit_code", code}});
  } else {
    std::fprintf(stderr, "glyphgate: %s\n", why.c_str());
  }
  return code;
}

} // namespace glyphgate
