#include "store/sqlite/file_map.hpp"

#include <sys/mman.h>

#include <cassert>

namespace glyphgate::store {

std::shared_ptr<const file_map> file_map::of(int fd, std::uint64_t size) {
  if (size == 0)
    return nullptr;
  auto* start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  return start == MAP_FAILED ? nullptr : std::make_shared<const file_map>(start, size);
}

file_map::~file_map() {
  ::munmap(const_cast<void*>(start_), size_);
}

std::string_view file_map::view(std::uint64_t offset, std::size_t size) const {
  assert(offset <= size_ && size <= size_ - offset);
  return {static_cast<const char*>(start_) + offset, size};
}

} // namespace glyphgate::store
