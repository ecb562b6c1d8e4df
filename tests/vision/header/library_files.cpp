#include "library_files.hpp"

#include <boost/test/unit_test.hpp>
#include <gif_lib.h>
#include <libheif/heif.h>
#include <openjpeg.h>
#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace glyphgate::vision::test {

namespace {

/// A file in memory that the libraries write to and go about in.
struct memory_file {
  std::string bytes;
  std::size_t at = 0;

  std::size_t write(const void* data, std::size_t size) {
    bytes.resize(std::max(bytes.size(), at + size));
    std::memcpy(bytes.data() + at, data, size);
    at += size;
    return size;
  }

  std::size_t read(void* data, std::size_t size) {
    size = at < bytes.size() ? std::min(size, bytes.size() - at) : 0;
    std::memcpy(data, bytes.data() + at, size);
    at += size;
    return size;
  }
};

memory_file& file_at(void* data) {
  return *static_cast<memory_file*>(data);
}

} // namespace

std::string gif_by_giflib(const raster& picture) {
  memory_file file;
  int error = 0;
  auto* gif = EGifOpen(
      &file,
      [](GifFileType* f, const GifByteType* data, int size) {
        return static_cast<int>(file_at(f->UserData).write(data, static_cast<std::size_t>(size)));
      },
      &error);
  BOOST_REQUIRE(gif);
  auto* greys = GifMakeMapObject(256, nullptr);
  for (int i = 0; i < 256; ++i) {
    const auto level = static_cast<GifByteType>(i);
    greys->Colors[i] = {level, level, level};
  }
  const auto width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  BOOST_REQUIRE(EGifPutScreenDesc(gif, width, height, 8, 0, greys) == GIF_OK);
  BOOST_REQUIRE(EGifPutImageDesc(gif, 0, 0, width, height, false, nullptr) == GIF_OK);
  auto pixels = picture.pixels;
  BOOST_REQUIRE(EGifPutLine(gif, pixels.data(), static_cast<int>(pixels.size())) == GIF_OK);
  GifFreeMapObject(greys);
  BOOST_REQUIRE(EGifCloseFile(gif, &error) == GIF_OK);
  return file.bytes;
}

std::string tiff_by_libtiff(const std::vector<raster>& pages, const tiff_kind& kind) {
  memory_file file;
  auto* tiff = TIFFClientOpen(
      "memory", kind.mode, &file,
      [](thandle_t f, void* data, tmsize_t size) {
        return static_cast<tmsize_t>(file_at(f).read(data, static_cast<std::size_t>(size)));
      },
      [](thandle_t f, void* data, tmsize_t size) {
        return static_cast<tmsize_t>(file_at(f).write(data, static_cast<std::size_t>(size)));
      },
      [](thandle_t f, toff_t offset, int whence) {
        auto& to = file_at(f);
        to.at = offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? to.at : to.bytes.size());
        return static_cast<toff_t>(to.at);
      },
      [](thandle_t) { return 0; }, [](thandle_t f) { return static_cast<toff_t>(file_at(f).bytes.size()); },
      [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {});
  BOOST_REQUIRE(tiff);
  const bool bilevel = kind.compression >= COMPRESSION_CCITTRLE && kind.compression <= COMPRESSION_CCITTFAX4;
  for (const auto& page : pages) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page.height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bilevel ? 1 : 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, page.channels);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, page.channels == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind.compression);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, kind.orientation);
    if (kind.tile != 0) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kind.tile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, kind.tile);
      std::vector<std::uint8_t> tile(static_cast<std::size_t>(TIFFTileSize(tiff)), 128);
      for (std::uint32_t i = 0; i < TIFFNumberOfTiles(tiff); ++i)
        BOOST_REQUIRE(TIFFWriteEncodedTile(tiff, i, tile.data(), static_cast<tmsize_t>(tile.size())) > 0);
    } else {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 16);
      for (std::uint32_t y = 0; y < page.height; ++y) {
        auto row =
            std::vector<std::uint8_t>(page.pixels.begin() + static_cast<std::ptrdiff_t>(y * page.row_bytes()),
                                      page.pixels.begin() + static_cast<std::ptrdiff_t>((y + 1) * page.row_bytes()));
        BOOST_REQUIRE(TIFFWriteScanline(tiff, row.data(), y, 0) == 1);
      }
    }
    BOOST_REQUIRE(TIFFWriteDirectory(tiff) == 1);
  }
  TIFFClose(tiff);
  return file.bytes;
}

std::string jpeg2000_by_openjpeg(const raster& picture, bool in_container) {
  std::vector<opj_image_cmptparm_t> components(picture.channels);
  for (auto& c : components) {
    c.dx = c.dy = 1;
    c.w = picture.width;
    c.h = picture.height;
    c.prec = 8;
  }
  const std::unique_ptr<opj_image_t, void (*)(opj_image_t*)> image{
      opj_image_create(picture.channels, components.data(), picture.channels < 3 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB),
      opj_image_destroy};
  image->x1 = picture.width;
  image->y1 = picture.height;
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    image->comps[i % picture.channels].data[i / picture.channels] = picture.pixels[i];

  const std::unique_ptr<opj_codec_t, void (*)(opj_codec_t*)> codec{
      opj_create_compress(in_container ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec};
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.numresolution = 3;
  BOOST_REQUIRE(opj_setup_encoder(codec.get(), &parameters, image.get()));

  memory_file file;
  const std::unique_ptr<opj_stream_t, void (*)(opj_stream_t*)> stream{opj_stream_default_create(OPJ_FALSE),
                                                                      opj_stream_destroy};
  opj_stream_set_user_data(stream.get(), &file, nullptr);
  opj_stream_set_write_function(
      stream.get(), [](void* data, OPJ_SIZE_T size, void* f) -> OPJ_SIZE_T { return file_at(f).write(data, size); });
  opj_stream_set_seek_function(stream.get(), [](OPJ_OFF_T offset, void* f) -> OPJ_BOOL {
    file_at(f).at = static_cast<std::size_t>(offset);
    return OPJ_TRUE;
  });
  opj_stream_set_skip_function(stream.get(), [](OPJ_OFF_T count, void* f) -> OPJ_OFF_T {
    file_at(f).at += static_cast<std::size_t>(count);
    return count;
  });
  BOOST_REQUIRE(opj_start_compress(codec.get(), image.get(), stream.get()));
  BOOST_REQUIRE(opj_encode(codec.get(), stream.get()));
  BOOST_REQUIRE(opj_end_compress(codec.get(), stream.get()));
  return file.bytes;
}

namespace {

void require_ok(const heif_error& error) {
  BOOST_REQUIRE_MESSAGE(error.code == heif_error_Ok, error.message);
}

} // namespace

std::string heif_by_libheif(const raster& picture, const heif_kind& kind) {
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context{heif_context_alloc(), heif_context_free};
  heif_image* made = nullptr;
  const auto width = static_cast<int>(picture.width), height = static_cast<int>(picture.height);
  require_ok(heif_image_create(width, height, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &made));
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> image{made, heif_image_release};
  require_ok(heif_image_add_plane(image.get(), heif_channel_interleaved, width, height, 8));
  int stride = 0;
  auto* plane = heif_image_get_plane(image.get(), heif_channel_interleaved, &stride);
  for (std::size_t y = 0; y < picture.height; ++y)
    std::memcpy(plane + y * static_cast<std::size_t>(stride), picture.pixels.data() + y * picture.row_bytes(),
                picture.row_bytes());

  heif_encoder* found = nullptr;
  require_ok(heif_context_get_encoder_for_format(context.get(), kind.av1 ? heif_compression_AV1 : heif_compression_HEVC,
                                                 &found));
  const std::unique_ptr<heif_encoder, void (*)(heif_encoder*)> encoder{found, heif_encoder_release};
  const std::unique_ptr<heif_encoding_options, void (*)(heif_encoding_options*)> options{heif_encoding_options_alloc(),
                                                                                         heif_encoding_options_free};
  options->image_orientation = static_cast<heif_orientation>(kind.orientation);
  options->macOS_compatibility_workaround = kind.grid ? 1 : 0;
  require_ok(heif_context_encode_image(context.get(), image.get(), encoder.get(), options.get(), nullptr));

  std::string file;
  heif_writer writer{1, [](heif_context*, const void* data, std::size_t size, void* to) {
                       static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
                       return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                     }};
  require_ok(heif_context_write(context.get(), &writer, &file));
  return file;
}

heif_size size_by_libheif(const std::string& file) {
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context{heif_context_alloc(), heif_context_free};
  require_ok(heif_context_read_from_memory_without_copy(context.get(), file.data(), file.size(), nullptr));
  heif_image_handle* found = nullptr;
  require_ok(heif_context_get_primary_image_handle(context.get(), &found));
  const std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)> handle{found, heif_image_handle_release};
  heif_image* made = nullptr;
  require_ok(heif_decode_image(handle.get(), &made, heif_colorspace_RGB, heif_chroma_interleaved_RGB, nullptr));
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> image{made, heif_image_release};
  const heif_size size{heif_image_get_width(image.get(), heif_channel_interleaved),
                       heif_image_get_height(image.get(), heif_channel_interleaved)};
  BOOST_TEST(size.width == heif_image_handle_get_width(handle.get()));
  BOOST_TEST(size.height == heif_image_handle_get_height(handle.get()));
  return size;
}

} // namespace glyphgate::vision::test
