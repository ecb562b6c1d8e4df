#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace glyphgate::store {

/// A file in memory, to be read; it sees what is written to the file later. Thread-safe; gone with its last owner,
/// which may outlive the file's name.
class file_map {
public:
  /// Maps the first `size` bytes of an open file, of which only those may be read that the file has. Null when the
  /// system cannot, and when `size` is 0.
  static std::shared_ptr<const file_map> of(int fd, std::uint64_t size);

  /// Use `of`.
  file_map(const void* start, std::size_t size) : start_{start}, size_{size} {}
  ~file_map();
  file_map(const file_map&) = delete;
  file_map& operator=(const file_map&) = delete;

  /// A part of it.
  std::string_view view(std::uint64_t offset, std::size_t size) const;

private:
  const void* start_;
  std::size_t size_;
};

} // namespace glyphgate::store
