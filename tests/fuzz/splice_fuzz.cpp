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

namespace {

using namespace glyphgate;
using namespace glyphgate::vision;

constexpr std::size_t copies = 9;
constexpr montage_bounds bounds{65'500, 75'000'000};

/// The file's header tells the montage's size, and every picture has a place of its own.
void check(const montage& made, const picture_info& info) {
  std::string joined;
  for (const auto& part : made.parts)
    joined += part.view;
  const auto header = inspect(joined);
  const auto* told = std::get_if<picture_header>(&header);
  const auto* all = told == nullptr ? nullptr : &told->info;
  if (all == nullptr || all->width != made.width || all->height != made.height || joined.size() != made.size() ||
      made.placements.size() != copies || !joined.ends_with("\xFF\xD9"))
    std::abort();
  std::uint32_t end = 0;
  for (const auto& place : made.placements) {
    if (place.top < end || place.height != info.height || place.width != info.width)
      std::abort();
    end = place.top + place.height;
  }
  if (end > made.height)
    std::abort();
}

} // namespace

// A client's file through the marker reader, and joined with itself: what is said to be joinable is joined where the
// bounds allow it; with plain rows too, unless its tables or its first value stand against them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file{reinterpret_cast<const char*>(data), size};
  const bool is_whole = jpeg::is_common_and_whole(file);
  const auto header = inspect(file);
  const auto* told = std::get_if<picture_header>(&header);
  const auto* info = told == nullptr ? nullptr : &told->info;
  if (info == nullptr)
    return 0;
  const auto joins = joins_of(file, *info);
  if (joins.kin != 0 && (!is_whole || joins.rows < info->height || joins.bytes >= size))
    std::abort();

  const std::vector<picture> pictures(copies, {"", make_picture_bytes(std::string{file}), *info, {}});
  const auto fits = [&](std::uint64_t rows) {
    return rows * copies <= bounds.height && rows * copies * info->width <= bounds.pixels;
  };
  const auto abutting = splice(pictures, bounds, joint::none);
  if (abutting.has_value() != (joins.kin != 0 && fits(joins.rows)))
    std::abort();
  if (abutting)
    check(*abutting, *info);
  if (const auto apart = splice(pictures, bounds)) {
    if (!abutting || apart->height <= abutting->height)
      std::abort();
    check(*apart, *info);
  }
  return 0;
}
