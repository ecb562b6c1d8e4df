#pragma once

#include "core/picture_bytes.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace glyphgate::vision {

/// The files that travel with a request to a reader, one behind the other. Pages of one file share its bytes, which
/// travel once.
class files_along {
public:
  /// Where the file is among them.
  std::uint64_t add(const held_bytes& file) {
    const auto [known, is_new] = offsets_.try_emplace(file.view.data(), size_);
    if (!is_new)
      return known->second;
    files_.push_back(file);
    size_ += file.view.size();
    return known->second;
  }

  const std::vector<held_bytes>& files() const { return files_; }
  /// Of all, bytes.
  std::uint64_t size() const { return size_; }

private:
  std::vector<held_bytes> files_;
  std::unordered_map<const char*, std::uint64_t> offsets_;
  std::uint64_t size_ = 0;
};

} // namespace glyphgate::vision
