#pragma once

#include "vision/google/http_transfer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// The body of `images:annotate` for the text of one picture. The picture becomes base64 block by block while the
/// body is sent: there is no other copy of it.
class annotate_request final : public request_body {
public:
  /// `picture` must outlive the request.
  annotate_request(std::string_view picture, const std::vector<std::string>& language_hints);

  std::uint64_t size() const override { return size_; }
  std::size_t read(char* to, std::size_t capacity) override;

private:
  void next_block();

  std::string_view picture_;
  std::uint64_t size_;
  /// What comes next.
  std::string block_;
  std::size_t taken_ = 0;
  bool ended_ = false;
};

} // namespace glyphgate::vision
