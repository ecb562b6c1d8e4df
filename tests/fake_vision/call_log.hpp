#pragma once

#include "fake_vision/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace glyphgate::fake {

/// One request that the fake has seen.
struct call_record {
  request_kind kind = request_kind::other;
  std::string path;
  /// Of its body, as far as it came.
  std::size_t bytes = 0;
  /// Whether the body came whole.
  bool complete = true;
  /// The picture's size in pixels, when there is one.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::string> language_hints;
  /// The header x-goog-user-project.
  std::string user_project;
};

/// Every request, in the order of their ends; also in a file, one JSON line each, written before the request is
/// answered. The file is only ever appended to. Usable from any thread.
class call_log {
public:
  /// Without a path there is no file. Throws std::system_error when it cannot be opened.
  explicit call_log(const std::filesystem::path& file);
  ~call_log();
  call_log(const call_log&) = delete;
  call_log& operator=(const call_log&) = delete;

  void add(call_record record);
  std::vector<call_record> records() const;

private:
  int file_ = -1;
  mutable std::mutex mutex_;
  std::vector<call_record> records_;
};

} // namespace glyphgate::fake
