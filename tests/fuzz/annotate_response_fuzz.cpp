#include "core/utf8.hpp"
#include "vision/google/annotate_response.hpp"
#include "vision/montage.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// What Google answers, from the bytes to the pictures' symbols: as a body of a 200 and as an error's body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace glyphgate::vision;
  const std::string_view body{reinterpret_cast<const char*>(data), size};

  if (const auto error = parse_google_error(body, 400)) {
    const auto failure = failure_of(*error, 2, false);
    if (failure.detail.find('\n') != std::string::npos || !glyphgate::is_utf8(failure.detail) ||
        failure.detail.size() > 2000)
      std::abort();
  }

  auto parsed = parse_annotate_response(body);
  auto* found = std::get_if<image_annotation>(&parsed);
  if (found == nullptr)
    return 0;
  const std::vector<placement> places{{0, 0, 100, 64}, {1, 66, 50, 64}, {3, 300, 80, 1}};
  const auto count = found->read.symbols.size();
  std::size_t mapped = 0;
  const auto parts = split_by_picture(std::move(found->read), places);
  for (std::size_t i = 0; i < parts.size(); ++i)
    for (const auto& symbol : parts[i].symbols) {
      const auto& box = symbol.box;
      if (box.x < 0 || box.y < 0 || box.width < 0 || box.height < 0 ||
          box.x + box.width > static_cast<std::int32_t>(places[i].width) ||
          box.y + box.height > static_cast<std::int32_t>(places[i].height) || symbol.text.empty() ||
          !glyphgate::is_utf8(symbol.text) || !(symbol.confidence >= 0 && symbol.confidence <= 1))
        std::abort();
      ++mapped;
    }
  if (mapped != count)
    std::abort();
  return 0;
}
