#pragma once

#include "vision/google/http_transfer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace glyphgate::vision {

/// A text as a request's body. The text must outlive it.
class text_body final : public request_body {
public:
  explicit text_body(std::string_view text) : size_{text.size()}, rest_{text} {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(char* to, std::size_t capacity) override {
    const auto count = std::min(capacity, rest_.size());
    std::memcpy(to, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

private:
  std::size_t size_;
  std::string_view rest_;
};

} // namespace glyphgate::vision
