#pragma once

#include <unistd.h>

#include <utility>

namespace glyphgate {

/// Owns an open file descriptor, or none (-1).
class file_descriptor {
public:
  explicit file_descriptor(int fd = -1) : fd_{fd} {}
  file_descriptor(file_descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

private:
  int fd_;
};

} // namespace glyphgate
