#include "vision/decode/stored_picture.hpp"
#include "vision/decode/tiff_directory.hpp"
#include "vision/decode/top_down_rows.hpp"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr std::string_view format_name = "TIFF";

// What libtiff may allocate at a time besides what the picture's size accounts for: tables, tiles.
constexpr std::uint64_t extra_bytes = 16 * 1024 * 1024;
constexpr std::uint64_t max_tile_pixels = 1024 * 1024;

// Grey or colours with alpha, and a few channels that are left out.
constexpr std::uint16_t max_samples = 8;

constexpr char unsupported[] = "it uses an unsupported feature", damaged[] = "it is cut short or damaged";

/// libtiff's reader of one page of a file in memory.
class tiff_page {
public:
  explicit tiff_page(std::string_view bytes) : bytes_{bytes} {}

  tiff_page(const tiff_page&) = delete;
  tiff_page& operator=(const tiff_page&) = delete;

  /// Reads the directory of the page of that size; else why it cannot.
  const char* open(std::uint32_t width, std::uint32_t height, std::uint32_t page) {
    const auto directory = find_tiff_directory(bytes_, page);
    if (const auto* reason = std::get_if<const char*>(&directory))
      return *reason;
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options{TIFFOpenOptionsAlloc(),
                                                                                   TIFFOpenOptionsFree};
    if (!options)
      throw std::bad_alloc{};
    const auto pixels = std::uint64_t{width} * height;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(),
                                        static_cast<tmsize_t>(pixels * max_samples * 2 + bytes_.size() + extra_bytes));
    TIFFOpenOptionsSetErrorHandlerExtR(
        options.get(),
        [](TIFF*, void* self, const char*, const char*, va_list) {
          static_cast<tiff_page*>(self)->has_failed_ = true;
          return 1;
        },
        this);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(),
        [](TIFF*, void* self, const char* module, const char* format, va_list arguments) {
          static_cast<tiff_page*>(self)->note(module, format, arguments);
          return 1;
        },
        this);
    // Reads the header only: the directory is chosen below.
    tiff_.reset(TIFFClientOpenExt("picture", "rh", this, read, write, seek, close, size, map, unmap, options.get()));
    if (!tiff_ || TIFFSetSubDirectory(tiff_.get(), std::get<std::uint64_t>(directory)) == 0)
      return damaged;
    has_failed_ = false;
    if (field<std::uint32_t>(TIFFTAG_IMAGEWIDTH) != width || field<std::uint32_t>(TIFFTAG_IMAGELENGTH) != height)
      return other_size;
    return nullptr;
  }

  TIFF* get() const { return tiff_.get(); }
  std::size_t file_bytes() const { return bytes_.size(); }

  /// A field of one value; 0 where it is missing and has no default.
  template <class T>
  T field(std::uint32_t tag) const {
    T value{};
    TIFFGetFieldDefaulted(tiff_.get(), tag, &value);
    return value;
  }

  /// Whether libtiff has reported an error, or that it filled in missing data.
  bool has_failed() const { return has_failed_; }

private:
  static tiff_page& of(thandle_t handle) { return *static_cast<tiff_page*>(handle); }

  static tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    auto& self = of(handle);
    const auto rest = self.at_ < self.bytes_.size() ? self.bytes_.substr(self.at_) : std::string_view{};
    const auto given = std::min(rest.size(), static_cast<std::size_t>(count));
    std::copy_n(rest.data(), given, static_cast<char*>(to));
    self.at_ += given;
    return static_cast<tmsize_t>(given);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return -1; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    auto& self = of(handle);
    self.at_ = whence == SEEK_SET ? offset : whence == SEEK_CUR ? self.at_ + offset : self.bytes_.size() + offset;
    return self.at_;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).bytes_.size(); }
  /// libtiff then decodes from the file's own bytes. It does not write to them.
  static int map(thandle_t handle, void** base, toff_t* size) {
    const auto bytes = of(handle).bytes_;
    *base = const_cast<char*>(bytes.data());
    *size = bytes.size();
    return 1;
  }
  static void unmap(thandle_t, void*, toff_t) {}

  /// libjpeg makes up for lost data, and libtiff tells of it as of a warning.
  void note(const char* module, const char* format, va_list arguments) {
    if (module == nullptr || std::string_view{module} != "JPEGLib")
      return;
    char text[256];
    std::vsnprintf(text, sizeof text, format, arguments);
    const std::string_view told{text};
    if (told.starts_with("Premature end") ||
        (told.starts_with("Corrupt JPEG data") && told.find("extraneous") == std::string_view::npos))
      has_failed_ = true;
  }

  struct closer {
    void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  };

  std::string_view bytes_;
  std::uint64_t at_ = 0;
  bool has_failed_ = false;
  std::unique_ptr<TIFF, closer> tiff_;
};

/// How pixels are stored.
struct pixel_kind {
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK, bits = 1, samples = 1;
  /// As libtiff has it; EXTRASAMPLE_UNSPECIFIED where there is no alpha.
  std::uint16_t alpha = EXTRASAMPLE_UNSPECIFIED;
  /// Of a palette: 256 × red, green, blue.
  std::vector<std::array<std::uint8_t, 3>> palette;

  /// The samples of a pixel that are colours.
  std::uint32_t colours() const {
    switch (photometric) {
    case PHOTOMETRIC_RGB: return 3;
    case PHOTOMETRIC_SEPARATED: return 4;
    default: return 1;
    }
  }

  /// Of the pixels that are handed out.
  std::uint32_t channels() const {
    const bool is_grey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
    return (is_grey ? 1U : 3U) + (has_alpha() ? 1U : 0U);
  }

  bool has_alpha() const { return alpha != EXTRASAMPLE_UNSPECIFIED; }

  /// Whether samples of 8 bits are handed out as they are.
  bool is_as_stored() const {
    return (photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_RGB) &&
           alpha != EXTRASAMPLE_ASSOCALPHA && channels() == samples;
  }
};

void read_palette(const tiff_page& page, pixel_kind& to) {
  std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
  if (TIFFGetField(page.get(), TIFFTAG_COLORMAP, &red, &green, &blue) == 0)
    return;
  const std::size_t count = std::size_t{1} << to.bits;
  // 16 bits each; some writers use 8 only.
  const auto is_small = [count](const std::uint16_t* levels) {
    return std::all_of(levels, levels + count, [](std::uint16_t level) { return level < 256; });
  };
  const int shift = is_small(red) && is_small(green) && is_small(blue) ? 0 : 8;
  to.palette.resize(256);
  for (std::size_t i = 0; i < count; ++i)
    to.palette[i] = {static_cast<std::uint8_t>(red[i] >> shift), static_cast<std::uint8_t>(green[i] >> shift),
                     static_cast<std::uint8_t>(blue[i] >> shift)};
}

/// How the pixels are stored, where this file decodes them itself.
std::optional<pixel_kind> kind_of(const tiff_page& page) {
  pixel_kind kind;
  kind.bits = page.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE);
  kind.samples = page.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
  if (TIFFGetField(page.get(), TIFFTAG_PHOTOMETRIC, &kind.photometric) == 0)
    return std::nullopt;
  const auto compression = page.field<std::uint16_t>(TIFFTAG_COMPRESSION);
  const bool is_contiguous = page.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_CONTIG;
  if (kind.photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG && kind.bits == 8 && is_contiguous &&
      kind.samples == 3) {
    TIFFSetField(page.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    kind.photometric = PHOTOMETRIC_RGB;
  }
  const auto is_one_of = [](auto value, auto... these) { return ((value == these) || ...); };
  const auto format = page.field<std::uint16_t>(TIFFTAG_SAMPLEFORMAT);
  if (!is_one_of(kind.photometric, PHOTOMETRIC_MINISWHITE, PHOTOMETRIC_MINISBLACK, PHOTOMETRIC_RGB, PHOTOMETRIC_PALETTE,
                 PHOTOMETRIC_SEPARATED) ||
      !is_one_of(kind.bits, 1, 2, 4, 8, 16) || !is_one_of(format, SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID) ||
      kind.samples < kind.colours())
    return std::nullopt;
  if (kind.photometric == PHOTOMETRIC_SEPARATED && page.field<std::uint16_t>(TIFFTAG_INKSET) != INKSET_CMYK)
    return std::nullopt;
  if (kind.photometric == PHOTOMETRIC_PALETTE) {
    if (kind.bits <= 8)
      read_palette(page, kind);
    return kind.palette.empty() ? std::nullopt : std::optional{kind};
  }
  std::uint16_t count = 0;
  std::uint16_t* extra = nullptr;
  if (TIFFGetField(page.get(), TIFFTAG_EXTRASAMPLES, &count, &extra) != 0 && count > 0 &&
      kind.samples > kind.colours() && is_one_of(extra[0], EXTRASAMPLE_ASSOCALPHA, EXTRASAMPLE_UNASSALPHA))
    kind.alpha = extra[0];
  return kind;
}

/// `count` packed samples as 8 bits each: indices as they are, levels scaled. `step` is the distance of two of them in
/// `to`.
void unpack(const pixel_kind& kind, const std::uint8_t* from, std::size_t count, std::size_t step, std::uint8_t* to) {
  if (kind.bits == 16) {
    for (std::size_t i = 0; i < count; ++i, from += 2, to += step) {
      std::uint16_t value = 0;
      std::memcpy(&value, from, 2);
      *to = static_cast<std::uint8_t>((value + 128U) / 257);
    }
    return;
  }
  const unsigned each = 8U / kind.bits, highest = (1U << kind.bits) - 1;
  const unsigned scale = kind.photometric == PHOTOMETRIC_PALETTE ? 1 : 255 / highest;
  for (std::size_t i = 0; i < count; ++i, to += step)
    *to = static_cast<std::uint8_t>((from[i / each] >> (8 - kind.bits * (1 + i % each)) & highest) * scale);
}

/// A channel without the alpha that it was multiplied by.
std::uint8_t unmultiplied(unsigned level, unsigned alpha) {
  return alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(255U, (level * 255 + alpha / 2) / alpha));
}

/// Pixels of 8-bit samples as they are handed out.
void convert(const pixel_kind& kind, const std::uint8_t* from, std::size_t count, std::uint8_t* to) {
  for (std::size_t i = 0; i < count; ++i, from += kind.samples) {
    auto* const first = to;
    switch (kind.photometric) {
    case PHOTOMETRIC_MINISWHITE: *to++ = static_cast<std::uint8_t>(255 - from[0]); break;
    case PHOTOMETRIC_PALETTE: to = std::ranges::copy(kind.palette[from[0]], to).out; break;
    case PHOTOMETRIC_SEPARATED:
      for (std::size_t c = 0; c < 3; ++c)
        *to++ = static_cast<std::uint8_t>(((255U - from[c]) * (255U - from[3]) + 127) / 255);
      break;
    default: to = std::copy_n(from, kind.colours(), to);
    }
    if (!kind.has_alpha())
      continue;
    const auto alpha = from[kind.colours()];
    if (kind.alpha == EXTRASAMPLE_ASSOCALPHA)
      std::for_each(first, to, [alpha](std::uint8_t& level) { level = unmultiplied(level, alpha); });
    *to++ = alpha;
  }
}

/// The rows of a picture in strips.
class tiff_rows final : public top_down_rows {
public:
  tiff_rows(std::unique_ptr<tiff_page> page, pixel_kind kind, std::uint32_t width, std::uint32_t height)
      : top_down_rows{format_name, width, height, kind.channels()},
        page_{std::move(page)},
        kind_{std::move(kind)},
        stored_(static_cast<std::size_t>(TIFFScanlineSize(page_->get()))),
        samples_(std::size_t{width} * kind_.samples) {}

private:
  bool read(std::uint32_t y, std::uint8_t* row) override {
    if (TIFFReadScanline(page_->get(), stored_.data(), y) != 1 || page_->has_failed())
      return false;
    unpack(kind_, stored_.data(), samples_.size(), 1, samples_.data());
    convert(kind_, samples_.data(), width(), row);
    return true;
  }

  std::unique_ptr<tiff_page> page_;
  pixel_kind kind_;
  std::vector<std::uint8_t> stored_, samples_;
};

/// All samples of a picture in strips, interleaved.
std::optional<raster> samples_of_strips(const tiff_page& page, const pixel_kind& kind, std::uint32_t width,
                                        std::uint32_t height) {
  auto samples = make_raster(width, height, kind.samples);
  std::vector<std::uint8_t> stored(static_cast<std::size_t>(TIFFScanlineSize(page.get())));
  const bool is_separate = page.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  const std::uint16_t planes = is_separate ? kind.samples : 1;
  for (std::uint16_t plane = 0; plane < planes; ++plane)
    for (std::uint32_t y = 0; y < height; ++y) {
      if (TIFFReadScanline(page.get(), stored.data(), y, plane) != 1 || page.has_failed())
        return std::nullopt;
      unpack(kind, stored.data(), std::size_t{width} * kind.samples / planes, planes,
             samples.pixels.data() + y * samples.row_bytes() + plane);
    }
  return samples;
}

/// All samples of a picture in tiles, interleaved.
std::optional<raster> samples_of_tiles(const tiff_page& page, const pixel_kind& kind, std::uint32_t width,
                                       std::uint32_t height) {
  auto samples = make_raster(width, height, kind.samples);
  const auto across = page.field<std::uint32_t>(TIFFTAG_TILEWIDTH),
             down = page.field<std::uint32_t>(TIFFTAG_TILELENGTH);
  const auto row_bytes = static_cast<std::size_t>(TIFFTileRowSize(page.get()));
  std::vector<std::uint8_t> tile(static_cast<std::size_t>(TIFFTileSize(page.get())));
  const bool is_separate = page.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  const std::uint16_t planes = is_separate ? kind.samples : 1;
  for (std::uint16_t plane = 0; plane < planes; ++plane)
    for (std::uint64_t top = 0; top < height; top += down)
      for (std::uint64_t left = 0; left < width; left += across) {
        const auto x = static_cast<std::uint32_t>(left), y = static_cast<std::uint32_t>(top);
        if (TIFFReadTile(page.get(), tile.data(), x, y, 0, plane) < 0 || page.has_failed())
          return std::nullopt;
        const auto count = std::size_t{std::min(across, width - x)} * kind.samples / planes;
        for (std::uint32_t row = 0; row < std::min(down, height - y); ++row)
          unpack(kind, tile.data() + row * row_bytes, count, planes,
                 samples.pixels.data() + (top + row) * samples.row_bytes() + left * kind.samples + plane);
      }
  return samples;
}

stored_picture whole(const tiff_page& page, const pixel_kind& kind, std::uint32_t width, std::uint32_t height) {
  auto samples = TIFFIsTiled(page.get()) != 0 ? samples_of_tiles(page, kind, width, height)
                                              : samples_of_strips(page, kind, width, height);
  if (!samples)
    return undecodable(format_name, damaged);
  if (kind.is_as_stored())
    return *std::move(samples);
  auto picture = make_raster(width, height, kind.channels());
  convert(kind, samples->pixels.data(), std::size_t{width} * height, picture.pixels.data());
  return picture;
}

/// A kind that libtiff turns into RGB.
stored_picture converted_by_libtiff(const tiff_page& page, std::uint32_t width, std::uint32_t height) {
  char reason[1024];
  if (TIFFRGBAImageOK(page.get(), reason) == 0)
    return undecodable(format_name, unsupported);
  TIFFRGBAImage image;
  if (TIFFRGBAImageBegin(&image, page.get(), 1, reason) == 0)
    return undecodable(format_name, unsupported);
  // The rows as they are stored.
  image.orientation = image.req_orientation = ORIENTATION_TOPLEFT;
  std::vector<std::uint32_t> pixels(std::size_t{width} * height);
  const bool is_whole = TIFFRGBAImageGet(&image, pixels.data(), width, height) != 0;
  const bool has_alpha = image.alpha != 0;
  TIFFRGBAImageEnd(&image);
  if (!is_whole || page.has_failed())
    return undecodable(format_name, damaged);
  auto picture = make_raster(width, height, has_alpha ? 4 : 3);
  auto* to = picture.pixels.data();
  for (const auto pixel : pixels) {
    const std::array<std::uint8_t, 3> levels{static_cast<std::uint8_t>(TIFFGetR(pixel)),
                                             static_cast<std::uint8_t>(TIFFGetG(pixel)),
                                             static_cast<std::uint8_t>(TIFFGetB(pixel))};
    const auto alpha = static_cast<std::uint8_t>(TIFFGetA(pixel));
    for (const auto level : levels)
      *to++ = has_alpha ? unmultiplied(level, alpha) : level;
    if (has_alpha)
      *to++ = alpha;
  }
  return picture;
}

/// The compressions whose memory and work the picture's size and the file's bound.
bool is_bounded(std::uint16_t compression) {
  switch (compression) {
  case COMPRESSION_NONE:
  case COMPRESSION_CCITTRLE:
  case COMPRESSION_CCITTRLEW:
  case COMPRESSION_CCITTFAX3:
  case COMPRESSION_CCITTFAX4:
  case COMPRESSION_LZW:
  case COMPRESSION_JPEG:
  case COMPRESSION_ADOBE_DEFLATE:
  case COMPRESSION_DEFLATE:
  case COMPRESSION_PACKBITS: return true;
  default: return false;
  }
}

/// Why the page would take more memory or work than its size and the file's account for.
const char* excess(const tiff_page& page, std::uint32_t width, std::uint32_t height) {
  auto* const tiff = page.get();
  if (!is_bounded(page.field<std::uint16_t>(TIFFTAG_COMPRESSION)) ||
      page.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL) > max_samples ||
      page.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE) > 16)
    return unsupported;
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  if (is_tiled) {
    const std::uint64_t across = page.field<std::uint32_t>(TIFFTAG_TILEWIDTH),
                        down = page.field<std::uint32_t>(TIFFTAG_TILELENGTH);
    if (across == 0 || down == 0 || across > (std::uint64_t{1} << 31) || down > (std::uint64_t{1} << 31) ||
        across * down > std::max(max_tile_pixels, std::uint64_t{width} * height))
      return "its tiles are too large";
  }
  // A file may name the same bytes for any number of strips.
  const auto count = is_tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const std::uint64_t file = page.file_bytes();
  std::uint64_t named = 0;
  for (std::uint32_t i = 0; i < count && named <= 2 * file; ++i) {
    const auto at = TIFFGetStrileOffset(tiff, i);
    named += at < file ? std::min(TIFFGetStrileByteCount(tiff, i), file - at) : 0;
  }
  if (named > 2 * file)
    return "its strips overlap";
  return nullptr;
}

} // namespace

stored_picture open_tiff(std::string_view bytes, std::uint32_t width, std::uint32_t height, std::uint32_t number) {
  auto page = std::make_unique<tiff_page>(bytes);
  if (const auto* reason = page->open(width, height, number))
    return undecodable(format_name, reason);
  if (const auto* reason = excess(*page, width, height))
    return undecodable(format_name, reason);
  auto kind = kind_of(*page);
  if (!kind)
    return converted_by_libtiff(*page, width, height);
  const bool is_separate = page->field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  if (TIFFIsTiled(page->get()) != 0 || kind->has_alpha() || (is_separate && kind->samples > 1))
    return whole(*page, *kind, width, height);
  return std::make_unique<tiff_rows>(std::move(page), *std::move(kind), width, height);
}

} // namespace glyphgate::vision
