#include "vision/reader/shared_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <system_error>

namespace glyphgate::vision {

namespace {

constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

} // namespace

file_descriptor make_shared_file(const char* name) {
  file_descriptor made{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!made.is_open())
    fail("memfd_create");
  return made;
}

void write_all(int file, const std::vector<std::string_view>& parts) {
  std::vector<iovec> left;
  left.reserve(parts.size());
  for (const auto& part : parts)
    if (!part.empty())
      left.push_back({const_cast<char*>(part.data()), part.size()});
  for (std::size_t first = 0; first < left.size();) {
    const auto count = std::min<std::size_t>(left.size() - first, IOV_MAX);
    const auto written = ::writev(file, &left[first], static_cast<int>(count));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      fail("writev");
    auto rest = static_cast<std::size_t>(written);
    while (first < left.size() && rest >= left[first].iov_len)
      rest -= left[first++].iov_len;
    if (rest > 0) {
      left[first].iov_base = static_cast<char*>(left[first].iov_base) + rest;
      left[first].iov_len -= rest;
    }
  }
}

bool seal(int file) {
  return ::fcntl(file, F_ADD_SEALS, all_seals) == 0;
}

std::optional<held_bytes> map_sealed(int file) {
  const auto seals = ::fcntl(file, F_GET_SEALS);
  return seals < 0 || (seals & all_seals) != all_seals ? std::nullopt : map_file(file);
}

std::optional<held_bytes> map_file(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0)
    return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0)
    return held_bytes{};
  auto* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  if (start == MAP_FAILED)
    return std::nullopt;
  const std::shared_ptr<const void> owner{start, [size](const void* p) { ::munmap(const_cast<void*>(p), size); }};
  return held_bytes{{static_cast<const char*>(start), size}, owner};
}

} // namespace glyphgate::vision
