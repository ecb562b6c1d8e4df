#pragma once

#include "core/file_descriptor.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// What a reader loads before it is caged, as it cannot do so afterwards.
struct reader_parts {
  /// ppocr's library; none where that is empty.
  std::filesystem::path runtime{};
  /// The fonts and tables that documents may need.
  bool documents = false;
};

/// A reader's process: the program `glyphgate-reader`, which has one socket to its parent, nothing of its parent's
/// environment and none of its files. It ends with the thread that started it. Not thread-safe.
class reader_process {
public:
  /// Starts it; throws std::system_error when the system does not let it. With `caged` false it goes without its cage.
  reader_process(const std::filesystem::path& program, bool caged, const reader_parts& parts = {});
  /// Kills it and waits for its end, which takes no time worth mentioning.
  ~reader_process();

  reader_process(const reader_process&) = delete;
  reader_process& operator=(const reader_process&) = delete;

  /// Ready for reading when the reader has answered, or has ended.
  int socket() const { return socket_.get(); }

  /// Sends a message with files. False when the reader has ended.
  bool send(const void* message, std::size_t size, const std::vector<int>& files) const;

  /// Receives a message of just that size. False when the reader has ended, or has sent anything else.
  bool receive(void* message, std::size_t size) const;

  /// From here on, until the next call, it may have so much memory that is its own only (RLIMIT_DATA), and use the
  /// processors so much longer.
  void allow(std::uint64_t bytes, std::uint32_t cpu_seconds) const;

  /// Kills it, if it has not ended by itself, and says how it ended, for people to read, e.g. "its decoder crashed
  /// (signal 11)".
  std::string end();

private:
  pid_t pid_ = -1;
  file_descriptor socket_;
  std::string ended_;
};

} // namespace glyphgate::vision
