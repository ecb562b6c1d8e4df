#include "vision/jpeg/splice.hpp"
#include "vision/jpeg/structure.hpp"
#include "vision/picture_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A client's file through the marker reader, and joined with itself: what is said to be joinable is joined, to a file
// whose header tells the montage's size, with every picture in a place of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace glyphgate;
  using namespace glyphgate::vision;
  constexpr std::size_t copies = 9;
  constexpr montage_bounds bounds{65'500, 75'000'000};

  const std::string_view file{reinterpret_cast<const char*>(data), size};
  const bool is_whole = jpeg::is_common_and_whole(file);
  const auto header = inspect(file);
  const auto* info = std::get_if<picture_info>(&header);
  if (info == nullptr)
    return 0;
  const auto joins = joins_of(file, *info);
  if (joins.kin != 0 && (!is_whole || joins.rows < info->height || joins.bytes >= size))
    std::abort();

  const std::vector<picture> pictures(copies, {"", make_picture_bytes(std::string{file}), *info, {}});
  const auto made = splice(pictures, bounds);
  const bool fits =
      joins.rows * copies <= bounds.height && std::uint64_t{joins.rows} * copies * info->width <= bounds.pixels;
  if (made.has_value() != (joins.kin != 0 && fits))
    std::abort();
  if (!made)
    return 0;
  std::string joined;
  for (const auto& part : made->parts)
    joined += part.view;
  const auto header_of_all = inspect(joined);
  const auto* all = std::get_if<picture_info>(&header_of_all);
  if (all == nullptr || all->width != made->width || all->height != made->height || joined.size() != made->size() ||
      made->placements.size() != copies || !joined.ends_with("\xFF\xD9"))
    std::abort();
  std::uint32_t end = 0;
  for (const auto& place : made->placements) {
    if (place.top < end || place.height != info->height || place.width != info->width)
      std::abort();
    end = place.top + place.height;
  }
  if (end > made->height)
    std::abort();
  return 0;
}
