#include "vision/decode/prepare.hpp"
#include "vision/decode/row_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace glyphgate;
using namespace glyphgate::vision;

constexpr std::uint64_t max_pixels = 1'000'000;

constexpr std::array formats{picture_format::jpeg, picture_format::png,  picture_format::webp,     picture_format::gif,
                             picture_format::bmp,  picture_format::tiff, picture_format::jpeg2000, picture_format::heif,
                             picture_format::avif, picture_format::pdf};

void read(std::string_view bytes, const picture_info& info) {
  auto opened = read_rows(bytes, info);
  auto* rows = std::get_if<std::unique_ptr<row_reader>>(&opened);
  if (rows == nullptr)
    return;
  std::vector<std::uint8_t> row(std::size_t{info.width} * (*rows)->channels());
  for (std::uint32_t y = 0; y < info.height; ++y)
    if ((*rows)->next(row.data()))
      return;
  if (((*rows)->warning()).size() > 200)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  prepare_decoders();
  return 0;
}

// A file through one decoder: the first byte chooses it and is the page, the next four are the size that the header is
// taken to have told; then the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5)
    return 0;
  picture_info info;
  info.format = formats[data[0] % formats.size()];
  info.page = data[0] / formats.size() % 4;
  info.width = data[1] | static_cast<std::uint32_t>(data[2]) << 8;
  info.height = data[3] | static_cast<std::uint32_t>(data[4]) << 8;
  if (info.width == 0 || info.height == 0 || info.pixels() > max_pixels)
    return 0;
  // Its own memory, so that the sanitizer sees every byte read past the end.
  const std::vector<char> file(data + 5, data + size);
  read({file.data(), file.size()}, info);
  return 0;
}
