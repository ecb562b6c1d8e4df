#include "more_formats.hpp"

#include "pictures.hpp"
#include "vision/bytes.hpp"

#include <boost/test/unit_test.hpp>
#include <gif_lib.h>
#include <libheif/heif.h>
#include <openjpeg.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>

using namespace std::string_literals;

namespace glyphgate::vision::test {

namespace {

using colour = std::array<std::uint8_t, 4>;

/// The colour of pixel `index`; opaque where the raster has no alpha.
colour colour_at(const raster& picture, std::size_t index) {
  const auto* at = picture.pixels.data() + index * picture.channels;
  const bool is_grey = picture.channels <= 2;
  const auto alpha = picture.channels % 2 == 0 ? at[picture.channels - 1] : std::uint8_t{255};
  return {at[0], at[is_grey ? 0 : 1], at[is_grey ? 0 : 2], alpha};
}

/// The picture's colours, and each pixel's place among them.
struct indexed {
  std::vector<colour> palette;
  std::vector<std::uint8_t> indices;
};

indexed indexed_of(const raster& picture) {
  indexed made;
  std::map<colour, std::uint8_t> known;
  for (std::size_t i = 0; i < std::size_t{picture.width} * picture.height; ++i) {
    const auto found = colour_at(picture, i);
    const auto [place, is_new] = known.try_emplace(found, static_cast<std::uint8_t>(known.size()));
    if (is_new)
      made.palette.push_back(found);
    made.indices.push_back(place->second);
  }
  BOOST_REQUIRE(made.palette.size() <= 256U);
  return made;
}

std::string le16_text(std::uint32_t value) {
  return {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8 & 0xFF)};
}

int append(GifFileType* gif, const GifByteType* from, int count) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(from), static_cast<std::size_t>(count));
  return count;
}

/// A file in memory, as libtiff writes it.
struct memory_file {
  std::string bytes;
  std::size_t at = 0;

  static memory_file& of(thandle_t handle) { return *static_cast<memory_file*>(handle); }

  static tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    auto& self = of(handle);
    const auto given =
        std::min(self.bytes.size() - std::min(self.at, self.bytes.size()), static_cast<std::size_t>(count));
    std::memcpy(to, self.bytes.data() + self.at, given);
    self.at += given;
    return static_cast<tmsize_t>(given);
  }
  static tmsize_t write(thandle_t handle, void* from, tmsize_t count) {
    auto& self = of(handle);
    const auto end = self.at + static_cast<std::size_t>(count);
    if (self.bytes.size() < end)
      self.bytes.resize(end);
    std::memcpy(self.bytes.data() + self.at, from, static_cast<std::size_t>(count));
    self.at = end;
    return count;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    auto& self = of(handle);
    self.at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? self.at + offset : self.bytes.size() + offset;
    return self.at;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).bytes.size(); }
};

/// `count` samples of 8 bits, the first at `from` and `step` apart, as they are stored.
std::vector<std::uint8_t> packed(const std::uint8_t* from, std::size_t count, std::size_t step, int sample_bits,
                                 bool are_indices) {
  const auto bits = static_cast<unsigned>(sample_bits);
  std::vector<std::uint8_t> made((count * bits + 7) / 8);
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned value = from[i * step];
    if (bits == 16) {
      const auto wide = static_cast<std::uint16_t>(value * 257);
      std::memcpy(made.data() + 2 * i, &wide, 2);
    } else {
      const unsigned each = 8 / bits, kept = are_indices ? value : value >> (8 - bits);
      made[i / each] = static_cast<std::uint8_t>(made[i / each] | kept << (8 - bits * (1 + i % each)));
    }
  }
  return made;
}

void write_tags(TIFF* tiff, const raster& picture, const tiff_options& options) {
  const std::uint16_t alphas = picture.channels % 2 == 0 && !options.cmyk ? 1 : 0;
  const bool is_grey = picture.channels <= 2 && !options.palette;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, picture.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, picture.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, options.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, options.palette ? 1 : picture.channels);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, options.compression);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, options.separate_planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
               options.palette         ? PHOTOMETRIC_PALETTE
               : options.cmyk          ? PHOTOMETRIC_SEPARATED
               : options.ycbcr         ? PHOTOMETRIC_YCBCR
               : !is_grey              ? PHOTOMETRIC_RGB
               : options.white_is_zero ? PHOTOMETRIC_MINISWHITE
                                       : PHOTOMETRIC_MINISBLACK);
  if (options.ycbcr && options.compression == COMPRESSION_JPEG)
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  else if (options.ycbcr)
    TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 1, 1);
  if (options.compression == COMPRESSION_JPEG)
    TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 95);
  if (options.predictor)
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  if (options.compression == COMPRESSION_CCITTFAX3)
    TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, options.group3_options);
  if (alphas > 0) {
    const std::uint16_t kind = options.premultiplied ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (options.tile_side > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, options.tile_side);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, options.tile_side);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, options.rows_per_strip);
  }
}

/// The samples as they are stored, a byte each.
raster stored_samples(const raster& picture, const tiff_options& options, TIFF* tiff) {
  auto stored = picture;
  if (options.white_is_zero)
    for (auto& level : stored.pixels)
      level = static_cast<std::uint8_t>(255 - level);
  if (!options.palette)
    return stored;
  const auto made = indexed_of(picture);
  std::array<std::array<std::uint16_t, 256>, 3> map{};
  for (std::size_t i = 0; i < made.palette.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c)
      map[c][i] = static_cast<std::uint16_t>(made.palette[i][c] * 257);
  TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0].data(), map[1].data(), map[2].data());
  stored.channels = 1;
  stored.pixels = made.indices;
  return stored;
}

void write_pixels(TIFF* tiff, const raster& samples, const tiff_options& options) {
  const std::uint16_t planes = options.separate_planes ? static_cast<std::uint16_t>(samples.channels) : 1;
  const std::size_t step = planes, each = samples.channels / planes;
  for (std::uint16_t plane = 0; plane < planes; ++plane) {
    if (options.tile_side == 0) {
      for (std::uint32_t y = 0; y < samples.height; ++y) {
        auto row = packed(samples.pixels.data() + y * samples.row_bytes() + plane, samples.width * each, step,
                          options.bits, options.palette);
        BOOST_REQUIRE(TIFFWriteScanline(tiff, row.data(), y, plane) == 1);
      }
      continue;
    }
    const auto side = options.tile_side;
    for (std::uint32_t top = 0; top < samples.height; top += side)
      for (std::uint32_t left = 0; left < samples.width; left += side) {
        std::vector<std::uint8_t> tile(static_cast<std::size_t>(TIFFTileSize(tiff)));
        const auto count = std::min(side, samples.width - left) * each;
        for (std::uint32_t y = 0; y < std::min(side, samples.height - top); ++y)
          std::ranges::copy(
              packed(samples.pixels.data() + (top + y) * samples.row_bytes() + left * samples.channels + plane, count,
                     step, options.bits, options.palette),
              tile.data() + y * static_cast<std::size_t>(TIFFTileRowSize(tiff)));
        BOOST_REQUIRE(TIFFWriteTile(tiff, tile.data(), left, top, 0, plane) > 0);
      }
  }
}

} // namespace

raster few_colours(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  auto picture = gradient(width, height, channels);
  for (auto& level : picture.pixels)
    level = static_cast<std::uint8_t>((level + 25) / 51 * 51);
  return picture;
}

raster bilevel(std::uint32_t width, std::uint32_t height) {
  auto picture = make_raster(width, height, 1);
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      picture.pixels[std::size_t{y} * width + x] = (x / 3 + y / 5 + x * y / 40) % 2 == 0 ? 255 : 0;
  return picture;
}

std::string gif_of(const raster& picture, const gif_options& options) {
  auto made = indexed_of(picture);
  int transparent = NO_TRANSPARENT_COLOR;
  for (std::size_t i = 0; i < made.palette.size(); ++i)
    if (made.palette[i][3] == 0)
      transparent = static_cast<int>(i);
  std::array<GifColorType, 256> colours{};
  for (std::size_t i = 0; i < made.palette.size(); ++i)
    colours[i] = {made.palette[i][0], made.palette[i][1], made.palette[i][2]};
  const std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> map{GifMakeMapObject(256, colours.data()),
                                                                         GifFreeMapObject};
  std::string bytes;
  int error = 0;
  auto* gif = EGifOpen(&bytes, append, &error);
  EGifSetGifVersion(gif, true);
  const int width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  EGifPutScreenDesc(gif, options.canvas_width == 0 ? width : options.canvas_width,
                    options.canvas_height == 0 ? height : options.canvas_height, 8, 0, map.get());
  if (transparent != NO_TRANSPARENT_COLOR) {
    const GraphicsControlBlock control{0, false, 0, transparent};
    std::array<GifByteType, 4> block{};
    EGifGCBToExtension(&control, block.data());
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, block.data());
  }
  EGifPutImageDesc(gif, options.left, options.top, width, height, options.interlaced, nullptr);
  const std::vector<std::array<int, 2>> passes = options.interlaced
                                                     ? std::vector<std::array<int, 2>>{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
                                                     : std::vector<std::array<int, 2>>{{0, 1}};
  for (const auto& [first, step] : passes)
    for (int y = first; y < height; y += step)
      BOOST_REQUIRE(EGifPutLine(gif, made.indices.data() + y * width, width) == GIF_OK);
  for (int i = 0; i < options.more_frames; ++i) {
    EGifPutImageDesc(gif, 0, 0, 1, 1, false, nullptr);
    GifPixelType black = 0;
    EGifPutLine(gif, &black, 1);
  }
  BOOST_REQUIRE(EGifCloseFile(gif, &error) == GIF_OK);
  return bytes;
}

std::string bmp_of(const raster& picture, const bmp_options& options) {
  const auto width = picture.width, height = picture.height;
  const bool is_core = options.header_bytes == 12;
  std::string palette;
  indexed made;
  if (options.bits <= 8) {
    made = indexed_of(picture);
    BOOST_REQUIRE(made.palette.size() <= std::size_t{1} << options.bits);
    made.palette.resize(std::size_t{1} << options.bits);
    for (const auto& c : made.palette)
      palette += {static_cast<char>(c[2]), static_cast<char>(c[1]), static_cast<char>(c[0])},
          palette += is_core ? ""s : "\0"s;
  }

  // From the top.
  std::vector<std::string> rows(height);
  for (std::size_t y = 0; y < height; ++y) {
    auto& row = rows[y];
    unsigned gathered = 0, gathered_bits = 0;
    for (std::size_t x = 0; x < width; ++x) {
      const auto c = colour_at(picture, y * width + x);
      if (options.bits <= 8 && !options.run_lengths) {
        gathered = gathered << options.bits | made.indices[y * width + x];
        gathered_bits += options.bits;
        if (gathered_bits == 8 || x + 1 == width) {
          row += static_cast<char>(gathered << (8 - gathered_bits));
          gathered = gathered_bits = 0;
        }
      } else if (options.bits <= 8) {
        // Runs; literally what stands by itself would be shorter, but the shortest literal is three.
        const unsigned index = made.indices[y * width + x];
        std::size_t run = 1;
        while (run < 255 && x + run < width && made.indices[y * width + x + run] == index)
          ++run;
        if (run == 1 && x + 3 <= width) {
          row += "\0\3"s;
          if (options.bits == 8)
            row.append(reinterpret_cast<const char*>(&made.indices[y * width + x]), 3), row += '\0';
          else
            row += {static_cast<char>(index << 4 | made.indices[y * width + x + 1]),
                    static_cast<char>(made.indices[y * width + x + 2] << 4)};
          x += 2;
        } else {
          row += {static_cast<char>(run), static_cast<char>(options.bits == 8 ? index : index << 4 | index)};
          x += run - 1;
        }
      } else if (options.bits == 16) {
        const unsigned red = c[0] >> 3U, blue = c[2] >> 3U;
        row +=
            le16_text(options.bitfields ? red << 11 | (c[1] >> 2U) << 5 | blue : red << 10 | (c[1] >> 3U) << 5 | blue);
      } else if (options.bits == 24) {
        row += {static_cast<char>(c[2]), static_cast<char>(c[1]), static_cast<char>(c[0])};
      } else if (options.bitfields) {
        row += {static_cast<char>(c[0]), static_cast<char>(c[1]), static_cast<char>(c[2]), static_cast<char>(c[3])};
      } else {
        row += {static_cast<char>(c[2]), static_cast<char>(c[1]), static_cast<char>(c[0]), static_cast<char>(c[3])};
      }
    }
    if (options.run_lengths)
      row += "\0\0"s;
    else
      row.resize((row.size() + 3) / 4 * 4);
  }
  if (!options.top_down)
    std::ranges::reverse(rows);
  std::string pixels;
  for (const auto& row : rows)
    pixels += row;
  if (options.run_lengths)
    pixels += "\0\1"s;

  std::string header = le32_text(options.header_bytes);
  if (is_core) {
    header += le16_text(width) + le16_text(height) + le16_text(1) + le16_text(options.bits);
  } else {
    const std::uint32_t compression = options.run_lengths ? (options.bits == 8 ? 1 : 2) : options.bitfields ? 3 : 0;
    header += le32_text(width) + le32_text(options.top_down ? 0 - height : height) + le16_text(1) +
              le16_text(options.bits) + le32_text(compression) + std::string(20, '\0');
    std::string masks(16, '\0');
    if (options.bitfields)
      masks = options.bits == 16 ? le32_text(0xF800) + le32_text(0x07E0) + le32_text(0x001F) + le32_text(0)
                                 : le32_text(0xFF) + le32_text(0xFF00) + le32_text(0xFF0000) +
                                       le32_text(picture.channels % 2 == 0 ? 0xFF000000 : 0);
    if (options.bitfields || options.header_bytes > 40)
      header += masks.substr(0, options.header_bytes == 40 || options.header_bytes == 52 ? 12 : 16);
    if (header.size() < options.header_bytes)
      header.resize(options.header_bytes);
  }
  const auto pixels_at = 14 + header.size() + palette.size();
  return "BM" + le32_text(static_cast<std::uint32_t>(pixels_at + pixels.size())) + le32_text(0) +
         le32_text(static_cast<std::uint32_t>(pixels_at)) + header + palette + pixels;
}

std::string tiff_of(const std::vector<raster>& pages, const tiff_options& options) {
  memory_file file;
  const auto mode = "w"s + (options.big_endian ? "b" : "l") + (options.big_tiff ? "8" : "4");
  auto* tiff = TIFFClientOpen("picture", mode.c_str(), &file, memory_file::read, memory_file::write, memory_file::seek,
                              memory_file::close, memory_file::size, nullptr, nullptr);
  BOOST_REQUIRE(tiff != nullptr);
  for (const auto& page : pages) {
    if (options.thumbnails) {
      const auto small = make_raster(8, 8, 1);
      write_tags(tiff, small, {});
      TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
      write_pixels(tiff, small, {});
      BOOST_REQUIRE(TIFFWriteDirectory(tiff) == 1);
    }
    write_tags(tiff, page, options);
    write_pixels(tiff, stored_samples(page, options, tiff), options);
    BOOST_REQUIRE(TIFFWriteDirectory(tiff) == 1);
  }
  TIFFClose(tiff);
  return file.bytes;
}

std::string jp2_of(const raster& picture, const jp2_options& options) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  // As many resolutions as the smallest side allows.
  parameters.numresolution = 1;
  const auto least_side = std::min({picture.width, picture.height, options.tile_side > 0 ? options.tile_side : 64U});
  while (parameters.numresolution < 6 && least_side >> parameters.numresolution > 0)
    ++parameters.numresolution;
  if (options.tile_side > 0) {
    parameters.tile_size_on = OPJ_TRUE;
    parameters.cp_tdx = parameters.cp_tdy = static_cast<int>(options.tile_side);
  }
  parameters.tcp_mct = picture.channels >= 3 && !options.sycc ? 1 : 0;

  std::vector<opj_image_cmptparm_t> components(picture.channels);
  for (std::uint32_t c = 0; c < picture.channels; ++c) {
    const auto step = options.sycc && (c == 1 || c == 2) ? options.chroma_step : 1;
    components[c].dx = components[c].dy = step;
    components[c].w = (picture.width + step - 1) / step;
    components[c].h = (picture.height + step - 1) / step;
    components[c].prec = options.bits;
    components[c].sgnd = options.is_signed ? 1 : 0;
  }
  auto* image = opj_image_create(picture.channels, components.data(),
                                 options.sycc           ? OPJ_CLRSPC_SYCC
                                 : picture.channels < 3 ? OPJ_CLRSPC_GRAY
                                                        : OPJ_CLRSPC_SRGB);
  image->x1 = picture.width;
  image->y1 = picture.height;
  for (std::uint32_t c = 0; c < picture.channels; ++c) {
    auto& component = image->comps[c];
    component.alpha = picture.channels % 2 == 0 && c + 1 == picture.channels ? 1 : 0;
    const auto highest = (1U << options.bits) - 1;
    for (std::uint32_t y = 0; y < component.h; ++y)
      for (std::uint32_t x = 0; x < component.w; ++x) {
        const auto* pixel = picture.pixels.data() + y * component.dy * picture.row_bytes() +
                            std::size_t{x} * component.dx * picture.channels;
        double value = pixel[c];
        if (options.sycc && c < 3) {
          const double r = pixel[0], g = pixel[1], b = pixel[2];
          value = c == 0   ? 0.299 * r + 0.587 * g + 0.114 * b
                  : c == 1 ? 128 - 0.168736 * r - 0.331264 * g + 0.5 * b
                           : 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
        }
        const auto level = static_cast<OPJ_INT32>(std::clamp(value, 0.0, 255.0) * highest / 255 + 0.5);
        component.data[std::size_t{y} * component.w + x] = level - (options.is_signed ? 1 << (options.bits - 1) : 0);
      }
  }

  memory_file file;
  auto* stream = opj_stream_create(1 << 16, OPJ_FALSE);
  opj_stream_set_user_data(stream, &file, nullptr);
  opj_stream_set_write_function(stream, [](void* from, OPJ_SIZE_T count, void* to) {
    return static_cast<OPJ_SIZE_T>(memory_file::write(to, from, static_cast<tmsize_t>(count)));
  });
  opj_stream_set_skip_function(stream, [](OPJ_OFF_T count, void* to) {
    static_cast<memory_file*>(to)->at += static_cast<std::size_t>(count);
    return count;
  });
  opj_stream_set_seek_function(stream, [](OPJ_OFF_T at, void* to) {
    static_cast<memory_file*>(to)->at = static_cast<std::size_t>(at);
    return OPJ_TRUE;
  });
  auto* codec = opj_create_compress(options.codestream_only ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
  BOOST_REQUIRE(opj_setup_encoder(codec, &parameters, image) != OPJ_FALSE);
  BOOST_REQUIRE(opj_start_compress(codec, image, stream) != OPJ_FALSE);
  BOOST_REQUIRE(opj_encode(codec, stream) != OPJ_FALSE);
  BOOST_REQUIRE(opj_end_compress(codec, stream) != OPJ_FALSE);
  opj_destroy_codec(codec);
  opj_stream_destroy(stream);
  opj_image_destroy(image);
  return file.bytes;
}

std::optional<std::string> heif_of(const raster& picture, const heif_options& options) {
  const auto format = options.avif ? heif_compression_AV1 : heif_compression_HEVC;
  auto* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  if (heif_context_get_encoder_for_format(context, format, &encoder).code != heif_error_Ok) {
    heif_context_free(context);
    return std::nullopt;
  }
  const auto check = [](const heif_error& error) { BOOST_REQUIRE_MESSAGE(error.code == heif_error_Ok, error.message); };
  const bool has_alpha = picture.channels == 4;
  const int width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  heif_image* image = nullptr;
  const auto chroma = options.bits > 8
                          ? (has_alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
                          : (has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB);
  check(heif_image_create(width, height, heif_colorspace_RGB, chroma, &image));
  check(heif_image_add_plane(image, heif_channel_interleaved, width, height, options.bits));
  heif_image_set_premultiplied_alpha(image, options.premultiplied ? 1 : 0);
  int stride = 0;
  auto* plane = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  for (std::uint32_t y = 0; y < picture.height; ++y)
    for (std::size_t i = 0; i < picture.row_bytes(); ++i) {
      const auto level = picture.pixels[y * picture.row_bytes() + i];
      auto* row = plane + y * static_cast<std::size_t>(stride);
      if (options.bits == 8) {
        row[i] = level;
      } else {
        const auto wide = static_cast<std::uint16_t>(level * ((1 << options.bits) - 1) / 255);
        std::memcpy(row + 2 * i, &wide, 2);
      }
    }
  heif_encoder_set_lossy_quality(encoder, 98);
  heif_encoder_set_parameter_string(encoder, "chroma", "444");
  heif_encoder_set_parameter_integer(encoder, "threads", 1);
  auto* encoding = heif_encoding_options_alloc();
  encoding->image_orientation = static_cast<heif_orientation>(options.orientation);
  heif_image_handle* handle = nullptr;
  check(heif_context_encode_image(context, image, encoder, encoding, &handle));
  std::string bytes;
  heif_writer writer{1, [](heif_context*, const void* from, size_t count, void* to) {
                       static_cast<std::string*>(to)->append(static_cast<const char*>(from), count);
                       return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                     }};
  check(heif_context_write(context, &writer, &bytes));
  heif_image_handle_release(handle);
  heif_encoding_options_free(encoding);
  heif_image_release(image);
  heif_encoder_release(encoder);
  heif_context_free(context);
  return bytes;
}

std::string animated_webp(std::string_view first, std::uint32_t width, std::uint32_t height, webp_frame_place place) {
  const auto le24_text = [](std::uint32_t value) { return le32_text(value).substr(0, 3); };
  const auto canvas_width = place.canvas_width == 0 ? width : place.canvas_width,
             canvas_height = place.canvas_height == 0 ? height : place.canvas_height;
  // The frame's chunks, without the one that tells of its file's extensions.
  std::string chunks{first.substr(12)};
  if (chunks.starts_with("VP8X"))
    chunks.erase(0, 18);
  const auto frame = webp_chunk("ANMF", le24_text(place.left / 2) + le24_text(place.top / 2) + le24_text(width - 1) +
                                            le24_text(height - 1) + le24_text(100) + std::string(1, '\0') + chunks);
  return webp_file(
      webp_chunk("VP8X", std::string{0x12, 0, 0, 0} + le24_text(canvas_width - 1) + le24_text(canvas_height - 1)) +
      webp_chunk("ANIM", std::string(6, '\0')) + frame + frame);
}

std::string animated_png(const raster& picture) {
  auto png = png_of(picture);
  constexpr std::size_t header_end = 33;
  png.insert(header_end,
             png_chunk("acTL", be32_text(1) + be32_text(0)) +
                 png_chunk("fcTL", be32_text(0) + be32_text(picture.width) + be32_text(picture.height) + be32_text(0) +
                                       be32_text(0) + be16_text(1) + be16_text(10) + std::string(2, '\0')));
  return png;
}

} // namespace glyphgate::vision::test
