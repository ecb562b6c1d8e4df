#pragma once

#include "support/service_process.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

namespace glyphgate {

/// A disk whose fsync and fdatasync a test can stall, for one program that is started with `variables()`. The test's
/// target sets STALLED_FSYNC_LIBRARY to the file of the target stalled_fsync, and depends on it.
class stalled_fsync {
public:
  /// `file` is made while the disk stalls. Its directory must exist; the program must be able to write to the file.
  explicit stalled_fsync(std::filesystem::path file) : file_{std::move(file)} {}

  /// The program goes on.
  ~stalled_fsync() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }

  stalled_fsync(const stalled_fsync&) = delete;
  stalled_fsync& operator=(const stalled_fsync&) = delete;

  /// What the program's environment must have.
  service_process::variables variables() const {
    const char* options = std::getenv("ASAN_OPTIONS");
    return {{"LD_PRELOAD", STALLED_FSYNC_LIBRARY},
            {"STALL_FSYNC_WHILE", file_.string()},
            // AddressSanitizer wants to be the first library otherwise.
            {"ASAN_OPTIONS", (options ? options + std::string{":"} : std::string{}) + "verify_asan_link_order=0"}};
  }

  /// From now on every call waits.
  void stall() { std::ofstream{file_, std::ios::trunc}; }

  /// How many calls wait, or have waited since `stall`; 0 when the disk does not stall.
  std::size_t waiting() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(file_, none);
    return none ? 0 : static_cast<std::size_t>(size);
  }

  /// Lets the calls go on, within 10 ms.
  void go_on() { std::filesystem::remove(file_); }

private:
  std::filesystem::path file_;
};

} // namespace glyphgate
