#pragma once

#include "core/picture_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace glyphgate::http {

/// What a renderer has made and nobody has taken yet. Bytes that lie elsewhere are not copied before they are taken.
class outbox {
public:
  outbox& operator<<(std::string_view text);
  outbox& operator<<(char c) { return *this << std::string_view{&c, 1}; }
  void add(held_bytes bytes);

  /// The first bytes that are left, `most` of them at most; empty where nothing is.
  std::string take(std::size_t most);

  std::size_t size() const { return size_; }
  /// All that was ever added, taken or not.
  std::uint64_t total() const { return total_; }

private:
  struct part {
    std::string text;
    /// In place of `text`, where it has an owner.
    held_bytes bytes;
    std::string_view view() const { return bytes.owner ? bytes.view : std::string_view{text}; }
  };

  std::deque<part> parts_;
  /// How much of the first one has been taken.
  std::size_t taken_ = 0;
  std::size_t size_ = 0;
  std::uint64_t total_ = 0;
};

} // namespace glyphgate::http
