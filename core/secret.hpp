#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace glyphgate {

/// Text that must not be seen: it cannot be printed by accident, and its memory is wiped. Never shared by copies.
class secret {
public:
  secret() = default;
  explicit secret(std::string_view text) : text_(text.begin(), text.end()) {}
  secret(const secret&) = default;
  secret(secret&& other) noexcept : text_{std::move(other.text_)} { other.text_.clear(); }
  secret& operator=(secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~secret();

  bool empty() const { return text_.empty(); }

  /// For the one place that needs it. Valid as long as the secret is.
  std::string_view reveal() const { return {text_.data(), text_.size()}; }

private:
  // Not a string: moved from, a short one keeps its characters.
  std::vector<char> text_;
};

} // namespace glyphgate
