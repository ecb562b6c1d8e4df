#include "vision/header/formats.hpp"
#include "vision/header/tiff_structure.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_set>

namespace glyphgate::vision::header {

namespace {

// Each page is looked for from the first one on: these bound the work of all, too.
constexpr std::uint32_t max_pages = 500;
// Of all directories together.
constexpr std::uint64_t max_entries = 32'768;

/// What a directory tells, with the defaults of TIFF 6.0.
struct tiff_page {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t bits = 1;
  std::uint64_t samples = 1;
  std::uint64_t compression = 1;
  std::optional<std::uint64_t> photometric;
  std::uint64_t orientation = 1;
  std::uint64_t rows_per_strip = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t planar_configuration = 1;
  std::uint64_t tile_width = 0;
  std::uint64_t tile_height = 0;
  std::uint64_t sample_format = 1;
  std::uint64_t new_subfile_type = 0;
  std::uint64_t subfile_type = 0;

  /// No thumbnail.
  bool is_page() const {
    constexpr std::uint64_t reduced = 1, old_reduced = 2;
    return (new_subfile_type & reduced) == 0 && subfile_type != old_reduced;
  }

  void take(std::uint16_t tag, std::uint64_t value) {
    switch (tag) {
    case tiff_tag::new_subfile_type: new_subfile_type = value; break;
    case tiff_tag::subfile_type: subfile_type = value; break;
    case tiff_tag::width: width = value; break;
    case tiff_tag::length: height = value; break;
    case tiff_tag::bits_per_sample: bits = value; break;
    case tiff_tag::compression: compression = value; break;
    case tiff_tag::photometric: photometric = value; break;
    case tiff_tag::orientation: orientation = value; break;
    case tiff_tag::samples_per_pixel: samples = value; break;
    case tiff_tag::rows_per_strip: rows_per_strip = value; break;
    case tiff_tag::planar_configuration: planar_configuration = value; break;
    case tiff_tag::tile_width: tile_width = value; break;
    case tiff_tag::tile_length: tile_height = value; break;
    case tiff_tag::sample_format: sample_format = value; break;
    default: break;
    }
  }
};

/// Those that libtiff has a codec for, if it was built with all of them: JPEG 2000 and JPEG XL are not among them.
constexpr std::array<std::uint64_t, 21> compressions{
    1, 2, 3, 4, 5, 6, 7, 8, 32766, 32771, 32773, 32809, 32909, 32946, 34661, 34676, 34677, 34887, 34925, 50000, 50001};

namespace photometric {
constexpr std::uint64_t white_is_zero = 0, black_is_zero = 1, rgb = 2, palette = 3, cmyk = 5, ycbcr = 6, lab = 8,
                        colour_filter = 32803, log_l = 32844, log_luv = 32845, linear_raw = 34892;
} // namespace photometric

std::optional<picture_refusal> refuse_kind(const tiff_page& page) {
  constexpr std::uint64_t ieee_float = 3, complex_float = 6, sgi_log = 34676, sgi_log24 = 34677;
  const auto kind = page.photometric.value_or(photometric::black_is_zero);
  if (kind == photometric::colour_filter || kind == photometric::linear_raw)
    return unsupported("the TIFF is a camera's raw picture, which is not supported; send it developed, as a JPEG, say");
  if (std::ranges::find(compressions, page.compression) == compressions.end())
    return unsupported("TIFF of the compression " + std::to_string(page.compression) + " is not supported");
  static constexpr std::array<std::uint64_t, 9> kinds{
      photometric::white_is_zero, photometric::black_is_zero, photometric::rgb,
      photometric::palette,       photometric::cmyk,          photometric::ycbcr,
      photometric::lab,           photometric::log_l,         photometric::log_luv};
  if (std::ranges::find(kinds, kind) == kinds.end())
    return unsupported("TIFF of the photometric interpretation " + std::to_string(kind) + " is not supported");
  // Logarithmic values are unfolded to 8 bits whatever their type.
  if (page.compression == sgi_log || page.compression == sgi_log24)
    return std::nullopt;
  if (page.sample_format >= ieee_float && page.sample_format <= complex_float)
    return unsupported("TIFF of floating-point samples is not supported");
  static constexpr std::array<std::uint64_t, 5> depths{1, 2, 4, 8, 16};
  if (std::ranges::find(depths, page.bits) == depths.end())
    return unsupported("TIFF of " + std::to_string(page.bits) + " bits is not supported, only of 1, 2, 4, 8 and 16");
  return std::nullopt;
}

/// The bytes of what libtiff unfolds at once: a strip or a row of tiles, or all of a kind that it gives as a whole.
std::uint64_t block_bytes(const tiff_page& page, std::uint64_t kind) {
  constexpr std::uint64_t rgba_bytes = 4;
  const auto pixel_bytes = rgba_bytes + (saturating_product(page.samples, page.bits) + 7) / 8;
  const bool is_usual = kind <= photometric::ycbcr && page.planar_configuration == 1;
  std::uint64_t columns = page.width, rows = page.height;
  if (page.tile_width != 0 && page.tile_height != 0) {
    const auto across = (page.width - 1) / page.tile_width + 1, down = (page.height - 1) / page.tile_height + 1;
    columns = saturating_product(across, page.tile_width);
    rows = is_usual ? page.tile_height : saturating_product(down, page.tile_height);
  } else if (is_usual) {
    rows = std::min(rows, page.rows_per_strip);
  }
  return saturating_product(saturating_product(columns, rows), pixel_bytes);
}

inspection header_of_page(const tiff_page& page) {
  constexpr std::uint64_t max_side = std::numeric_limits<std::int32_t>::max(), max_samples = 65535;
  if (page.width == 0 || page.height == 0 || page.width > max_side || page.height > max_side)
    return invalid("the TIFF declares a size of " + size_text(page.width, page.height));
  if (page.samples == 0 || page.samples > max_samples)
    return invalid("the TIFF declares " + std::to_string(page.samples) + " samples for each pixel");
  if (auto refusal = refuse_kind(page))
    return *std::move(refusal);

  const auto kind = page.photometric.value_or(page.samples < 3 ? photometric::black_is_zero : photometric::rgb);
  const bool is_grey =
      kind == photometric::white_is_zero || kind == photometric::black_is_zero || kind == photometric::log_l;
  const std::uint64_t channels = is_grey ? 1 : kind == photometric::cmyk ? 4 : 3;
  picture_shape shape{picture_format::tiff, static_cast<std::uint32_t>(page.width),
                      static_cast<std::uint32_t>(page.height)};
  if (page.orientation >= 1 && page.orientation <= 8)
    shape.orientation = static_cast<std::uint8_t>(page.orientation);
  shape.channels = static_cast<std::uint32_t>(channels);
  shape.alpha = page.samples > channels;
  shape.bits = static_cast<std::uint32_t>(page.bits);
  shape.how = unfolding::block;
  shape.held = block_bytes(page, kind);
  return header_of(shape);
}

/// The pages of a file: how many, and the one that is asked for.
struct tiff_pages {
  std::uint32_t count = 0;
  std::optional<tiff_page> wanted;
};

std::variant<tiff_pages, picture_refusal> walk(const tiff_structure& structure, std::uint32_t wanted) {
  tiff_pages pages;
  std::unordered_set<std::uint64_t> seen;
  std::uint64_t entries = 0;
  for (auto at = structure.first_directory(); at != 0;) {
    if (!seen.insert(at).second)
      return invalid("the TIFF's chain of pages is a loop");
    if (seen.size() > max_pages)
      return invalid("the TIFF has too many pages; at most " + std::to_string(max_pages) + " are accepted");
    const auto directory = structure.directory_at(at);
    const auto next = directory ? structure.next_after(*directory) : std::nullopt;
    if (!next)
      return invalid("the TIFF is cut short: it ends before the directory of one of its pages");
    entries += directory->entries;
    if (entries > max_entries)
      return invalid("the TIFF's directories have too many entries");
    tiff_page page;
    for (std::uint64_t i = 0; i < directory->entries; ++i)
      if (const auto entry = structure.entry(*directory, i))
        if (const auto value = structure.number(*entry))
          page.take(entry->tag, *value);
    if (page.is_page() && pages.count++ == wanted)
      pages.wanted = page;
    at = *next;
  }
  return pages;
}

} // namespace

bool is_tiff(std::string_view bytes) {
  return tiff_structure::of(bytes).has_value();
}

inspection read_tiff(std::string_view bytes, std::uint32_t page) {
  const auto walked = walk(*tiff_structure::of(bytes), page);
  if (const auto* refusal = std::get_if<picture_refusal>(&walked))
    return *refusal;
  const auto& pages = std::get<tiff_pages>(walked);
  if (pages.count == 0)
    return invalid("the TIFF has no pages, or only thumbnails, as a camera's raw picture may; send it as a JPEG, say");
  if (!pages.wanted)
    return no_such_page(page, pages.count);
  auto result = header_of_page(*pages.wanted);
  if (auto* header = std::get_if<picture_header>(&result)) {
    header->info.page = page;
    header->pages = pages.count;
  }
  return result;
}

} // namespace glyphgate::vision::header
