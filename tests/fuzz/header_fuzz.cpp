#include "vision/picture_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

namespace {

using namespace glyphgate;
using namespace glyphgate::vision;

/// The picture has a size and a page of the file, and its memory is told; or there is a reason that a client can read.
void check(std::string_view file, std::uint32_t page) {
  const auto result = inspect(file, page);
  if (const auto* refusal = std::get_if<picture_refusal>(&result)) {
    if (refusal->detail.empty() || refusal->limit ||
        (refusal->code != ec::invalid_picture && refusal->code != ec::unsupported_format))
      std::abort();
    return;
  }
  const auto& [info, needs, pages] = std::get<picture_header>(result);
  if (info.width == 0 || info.height == 0 || info.orientation < 1 || info.orientation > 8 || info.page != page ||
      page >= pages || needs.rows == 0 || needs.whole < needs.rows)
    std::abort();
}

} // namespace

// A client's file through the reader of headers, for its first and for its second picture.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file{reinterpret_cast<const char*>(data), size};
  check(file, 0);
  check(file, 1);
  return 0;
}
