#pragma once

#include "support/service_process.hpp"
#include "support/test_png.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

namespace glyphgate {

/// A place for services with the engine of the tests: a data directory, and the log of their calls.
struct recording_fixture {
  temporary_directory scratch;

  service_process::variables settings(service_process::variables more = {}) {
    more.try_emplace("DATA_DIR", scratch.path() / "data");
    more.try_emplace("CALL_LOG", scratch.path() / "calls");
    return more;
  }

  std::string log_path() { return scratch.path() / "log"; }

  std::size_t calls_made() {
    std::ifstream in{scratch.path() / "calls"};
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);)
      ++lines;
    return lines;
  }
};

/// Posts the picture of that number by itself.
inline http_answer post(std::uint16_t port, std::uint64_t number) {
  return http_call(port, "POST", "/ocr/jobs", "Content-Type: image/png\r\n", test_png(number));
}

} // namespace glyphgate
