#pragma once

#include "core/picture_bytes.hpp"
#include "vision/google/http_transfer.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// The body of `images:annotate` for the text of one picture. The picture becomes base64 block by block while the
/// body is sent: there is no other copy of it.
class annotate_request final : public request_body {
public:
  /// The picture's file is `parts`, one behind the other; they must outlive the request.
  annotate_request(std::span<const held_bytes> parts, const std::vector<std::string>& language_hints);

  std::uint64_t size() const override { return size_; }
  std::size_t read(char* to, std::size_t capacity) override;

private:
  void next_block();

  /// Moves up to a block of the picture's next bytes to `raw_`.
  void gather();

  /// From the first that is not all sent; `skip_` bytes of it are.
  std::span<const held_bytes> parts_;
  std::size_t skip_ = 0;
  std::uint64_t size_;
  /// The block before it is base64.
  std::string raw_;
  /// What comes next.
  std::string block_;
  std::size_t taken_ = 0;
  bool ended_ = false;
};

} // namespace glyphgate::vision
