#include "http/wire/request_body.hpp"

#include <algorithm>
#include <cstring>

namespace glyphgate::http {

namespace {

// By how much a body grows whose length is not known: little enough to be counted, enough to be done seldom.
std::size_t step_from(std::size_t reserved) {
  return 16 * 1024 + reserved / 8;
}

} // namespace

bool request_body::reserve(std::size_t size) {
  return size <= share_.bytes() || share_.grow(size - share_.bytes());
}

bool request_body::append(std::string_view bytes) {
  if (bytes.empty())
    return true;
  const std::size_t needed = size_ + bytes.size();
  const auto before = share_.bytes();
  if (needed > before && !reserve(std::max(needed, before + step_from(before))) && !reserve(needed))
    return false;
  // All that was reserved at once. The system gives memory by the page, once it is written to: what has not arrived
  // takes none.
  if (needed > capacity_ && !resize_memory(share_.bytes())) {
    share_.shrink(share_.bytes() - before);
    return false;
  }
  char* const end = memory_.get() + size_;
  std::memcpy(end, bytes.data(), bytes.size());
  std::memset(end + bytes.size(), 0, padding);
  size_ = needed;
  return true;
}

void request_body::fit() {
  if (size_ < capacity_ && resize_memory(size_))
    share_.shrink(share_.bytes() - size_);
}

// Large blocks are moved by the system's page tables (mremap), not copied: there are never two of them.
bool request_body::resize_memory(std::size_t capacity) {
  auto* const moved = static_cast<char*>(std::realloc(memory_.get(), capacity + padding));
  if (moved == nullptr)
    return false;
  static_cast<void>(memory_.release());
  memory_.reset(moved);
  capacity_ = capacity;
  return true;
}

} // namespace glyphgate::http
