#include "vision/bytes.hpp"
#include "vision/header/boxes.hpp"
#include "vision/header/formats.hpp"
#include "vision/header/heif_meta.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace glyphgate::vision::header {

namespace {

/// Pixels.
struct extent_px {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// A side after a clean aperture (ISO/IEC 14496-12, 12.1.4): `size_at` is where its length stands as a fraction, and 16
/// bytes on the offset of its middle from the side's. Rounded as libheif does. Nothing where no pixel is left.
std::optional<std::uint32_t> cropped(std::string_view clap, std::size_t size_at, std::uint32_t side) {
  constexpr std::int64_t max = std::numeric_limits<std::int32_t>::max();
  const std::int64_t numerator = be32(clap, size_at), denominator = be32(clap, size_at + 4);
  const std::int64_t offset = static_cast<std::int32_t>(be32(clap, size_at + 16));
  const std::int64_t offset_denominator = be32(clap, size_at + 20);
  if (numerator > max || denominator < 1 || denominator > max || offset_denominator < 1 || offset_denominator > max)
    return std::nullopt;
  // In 128 bits nothing of this overflows: each factor has 33 bits at most.
  using wide = __int128;
  // offset + (side - 1) / 2 - (length - 1) / 2
  const wide first = (wide{2} * offset * denominator + (wide{side} * denominator - numerator) * offset_denominator) /
                     (wide{2} * denominator * offset_denominator);
  const wide length = (wide{numerator} + denominator / 2) / denominator;
  const wide begin = std::max<wide>(first, 0), end = std::min<wide>(first + length, side);
  return end > begin ? std::optional{static_cast<std::uint32_t>(end - begin)} : std::nullopt;
}

/// What the properties make of the picture; `coded` is its size before that. Else what is wrong with them.
struct transformed {
  extent_px coded, shown;
};

std::variant<transformed, picture_refusal> transform(const heif_primary& primary) {
  constexpr std::size_t ispe_size = 12, clap_size = 32;
  std::optional<transformed> size;
  for (const auto& [type, content] : primary.properties) {
    if (type == "ispe" && !size) {
      if (content.size() < ispe_size)
        return invalid("the HEIF's header is damaged");
      const extent_px told{be32(content, 4), be32(content, 8)};
      if (told.width == 0 || told.height == 0)
        return invalid("the HEIF declares a size of " + size_text(told.width, told.height));
      size = {told, told};
    } else if (type == "clap" && size) {
      const auto width = content.size() < clap_size ? std::nullopt : cropped(content, 0, size->shown.width);
      const auto height = content.size() < clap_size ? std::nullopt : cropped(content, 8, size->shown.height);
      if (!width || !height)
        return invalid("the HEIF is cropped to nothing");
      size->shown = {*width, *height};
    } else if (type == "irot" && size) {
      // Quarter turns.
      if (!content.empty() && (u8(content, 0) & 1) != 0)
        std::swap(size->shown.width, size->shown.height);
    }
  }
  if (!size)
    return invalid("the HEIF tells no size of its primary picture");
  return *size;
}

inspection read_primary(std::string_view meta) {
  const auto read = read_heif_meta(meta);
  if (const auto* wrong = std::get_if<std::string>(&read))
    return invalid("the HEIF " + *wrong);
  const auto& primary = std::get<heif_primary>(read);
  if (primary.coding != item_coding::hevc && primary.coding != item_coding::av1)
    return unsupported("HEIF is supported with HEVC and AV1 (HEIC and AVIF), not with other ways of coding");
  const auto sizes = transform(primary);
  if (const auto* refusal = std::get_if<picture_refusal>(&sizes))
    return *refusal;
  const auto& [coded, shown] = std::get<transformed>(sizes);
  picture_shape shape{primary.coding == item_coding::hevc ? picture_format::heif : picture_format::avif, shown.width,
                      shown.height};
  shape.how = unfolding::block;
  shape.held = std::uint64_t{coded.width} * coded.height;
  return header_of(shape);
}

/// Whether the box `ftyp` names one of `brands`.
template <std::size_t N>
bool has_brand(std::string_view ftyp, const std::array<std::string_view, N>& brands) {
  constexpr std::size_t brand_size = 4, major_and_version = 8;
  const auto is_one = [&](std::string_view brand) { return std::ranges::find(brands, brand) != brands.end(); };
  if (ftyp.size() < major_and_version)
    return false;
  if (is_one(ftyp.substr(0, brand_size)))
    return true;
  for (auto at = major_and_version; holds(ftyp, at, brand_size); at += brand_size)
    if (is_one(ftyp.substr(at, brand_size)))
      return true;
  return false;
}

constexpr std::array<std::string_view, 4> still_brands{"mif1", "heic", "heix", "avif"};
constexpr std::array<std::string_view, 8> brands{"mif1", "heic", "heix", "avif", "msf1", "hevc", "hevx", "avis"};

} // namespace

bool is_heif(std::string_view bytes) {
  boxes all{bytes};
  const auto first = all.next();
  return first && first->type == "ftyp" && has_brand(first->content, brands);
}

inspection read_heif(std::string_view bytes) {
  boxes all{bytes};
  const auto ftyp = all.next();
  std::optional<std::string_view> meta;
  while (const auto next = all.next())
    if (next->type == "meta" && !meta)
      meta = next->content;
  // Bytes after the last box do no harm.
  if (all.is_cut() && (!meta || all.cut_type() == "mdat"))
    return invalid("the HEIF is cut short");
  if (all.are_too_many())
    return invalid("the HEIF has too many boxes");
  if (all.is_damaged() && !meta)
    return invalid("the HEIF's header is damaged");
  if (!ftyp || !has_brand(ftyp->content, still_brands) || !meta)
    return unsupported("HEIF and AVIF without a still picture are not supported; send the frames of a sequence as "
                       "images of their own");
  return read_primary(*meta);
}

} // namespace glyphgate::vision::header
