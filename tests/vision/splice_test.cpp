#include "pictures.hpp"
#include "second_decoder.hpp"
#include "vision/decode/decode.hpp"
#include "vision/jpeg/splice.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <jpeglib.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace std::string_literals;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

constexpr montage_bounds wide_bounds{65'500, 75'000'000};

/// A picture with strokes and noise in colour, which differs with `seed`.
raster noisy(std::uint32_t width, std::uint32_t height, std::uint32_t channels, unsigned seed) {
  auto picture = make_raster(width, height, channels);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    const auto column = i / channels % width;
    const unsigned base = (column / 5 + seed) % 3 == 0 ? 20U : 200U;
    picture.pixels[i] = static_cast<std::uint8_t>(base + (state >> 27U) + i % channels * 7);
  }
  return picture;
}

std::vector<picture> as_pictures(const std::vector<std::string>& files) {
  std::vector<picture> pictures;
  for (const auto& file : files)
    pictures.push_back(picture_of(std::to_string(pictures.size()), file));
  return pictures;
}

/// `count` files of one kind.
std::vector<std::string> files_of(std::size_t count, std::uint32_t width, std::uint32_t height, std::uint32_t channels,
                                  const jpeg_options& options) {
  std::vector<std::string> files;
  for (unsigned i = 0; i < count; ++i)
    files.push_back(jpeg_of(noisy(width, height, channels, i), options));
  return files;
}

raster first_decode(const std::string& file) {
  const auto info = inspect(file);
  BOOST_REQUIRE(std::holds_alternative<picture_header>(info));
  auto pixels = decode(file, std::get<picture_header>(info).info);
  if (const auto* refusal = std::get_if<picture_refusal>(&pixels))
    BOOST_FAIL(refusal->detail);
  return std::get<decoded_picture>(std::move(pixels)).pixels;
}

/// A grey JPEG as libjpeg reads it whose caller lets all damage pass, as most do.
raster lenient_decode(const std::string& file) {
  jpeg_decompress_struct decompressor{};
  jpeg_error_mgr errors{};
  decompressor.err = jpeg_std_error(&errors);
  errors.emit_message = [](j_common_ptr, int) {};
  errors.error_exit = [](j_common_ptr c) { throw std::runtime_error{c->err->jpeg_message_table[c->err->msg_code]}; };
  jpeg_create_decompress(&decompressor);
  jpeg_mem_src(&decompressor, reinterpret_cast<const unsigned char*>(file.data()), file.size());
  jpeg_read_header(&decompressor, TRUE);
  jpeg_start_decompress(&decompressor);
  auto picture = make_raster(decompressor.output_width, decompressor.output_height, 1);
  while (decompressor.output_scanline < decompressor.output_height) {
    auto* row = picture.pixels.data() + decompressor.output_scanline * picture.row_bytes();
    jpeg_read_scanlines(&decompressor, &row, 1);
  }
  jpeg_destroy_decompress(&decompressor);
  return picture;
}

/// The greatest difference of a row of one to a row of the other.
int difference_of_rows(const raster& a, std::uint32_t row_of_a, const raster& b, std::uint32_t row_of_b) {
  const auto* x = a.pixels.data() + row_of_a * a.row_bytes();
  const auto* y = b.pixels.data() + row_of_b * b.row_bytes();
  int most = 0;
  for (std::size_t i = 0; i < b.row_bytes(); ++i)
    most = std::max(most, std::abs(int{x[i]} - int{y[i]}));
  return most;
}

/// Each picture of the montage is what it is by itself, but for `edge` rows at its top and bottom, where an upsampling
/// decoder mixes the colours of neighbours; and the rows between them are plain where they are told to be.
void check_rows(const montage& made, const std::vector<std::string>& files, const raster& whole,
                raster (*decode_one)(const std::string&), std::uint32_t edge, bool has_seams) {
  BOOST_REQUIRE(whole.width == made.width);
  BOOST_REQUIRE(whole.height == made.height);
  BOOST_REQUIRE(made.placements.size() == files.size());
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& place = made.placements[i];
    const auto alone = decode_one(files[i]);
    BOOST_REQUIRE(place.picture == i);
    BOOST_REQUIRE(place.width == alone.width);
    BOOST_REQUIRE(place.height == alone.height);
    BOOST_REQUIRE(place.top >= end);
    int most = 0;
    for (auto row = edge; row + edge < alone.height; ++row)
      most = std::max(most, difference_of_rows(whole, place.top + row, alone, row));
    BOOST_TEST(most == 0, "picture " << i << " differs by " << most);
    if (has_seams)
      for (auto row = place.top - 8 + edge; row + edge < place.top; ++row) {
        const auto* first = whole.pixels.data() + row * whole.row_bytes();
        const auto [least, greatest] = std::minmax_element(first, first + whole.row_bytes());
        BOOST_TEST(int{*least} >= 215);
        BOOST_TEST(int{*greatest} <= 225);
      }
    end = place.top + place.height;
  }
  BOOST_TEST(end <= made.height);
}

raster second_decode_text(const std::string& file) {
  return second_decode(file);
}

void check_both(const montage& made, const std::vector<std::string>& files, std::uint32_t edge, bool has_seams) {
  const auto file = file_of(made);
  BOOST_TEST(file.size() == made.size());
  check_rows(made, files, first_decode(file), &first_decode, edge, has_seams);
  check_rows(made, files, second_decode(file), &second_decode_text, edge, has_seams);
}

/// The file with its header's segments changed by `change(marker, segment)`, which may empty a segment to drop it.
template <class Change>
std::string with_segments(const std::string& file, Change change) {
  std::string result = file.substr(0, 2);
  std::size_t at = 2;
  while (static_cast<unsigned char>(file[at + 1]) != 0xDA) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(file[at + 2]) << 8U |
                                                 static_cast<unsigned char>(file[at + 3]));
    auto segment = file.substr(at, 2 + length);
    change(static_cast<unsigned char>(file[at + 1]), segment);
    result += segment;
    at += 2 + length;
  }
  return result + file.substr(at);
}

/// Where the entropy-coded bytes begin.
std::size_t scan_of(const std::string& file) {
  auto at = file.find("\xFF\xDA");
  return at + 2 + static_cast<unsigned char>(file[at + 3]);
}

BOOST_AUTO_TEST_SUITE(splicing)

BOOST_AUTO_TEST_CASE(each_picture_is_as_it_is_alone_in_both_decoders) {
  struct sampling {
    int horizontal, vertical;
  };
  for (const auto& [horizontal, vertical] : {sampling{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1}})
    for (const std::uint32_t height : {64U, 61U, 8U, 1U})
      for (const int quality : {30, 75, 95, 100}) {
        BOOST_TEST_CONTEXT(horizontal << " x " << vertical << ", " << height << " rows, quality " << quality) {
          const auto files = files_of(11, 150, height, 3, {.quality = quality, .across = horizontal, .down = vertical});
          const auto made = splice(as_pictures(files), wide_bounds);
          BOOST_REQUIRE(made);
          BOOST_TEST((made->way == montage_way::spliced));
          check_both(*made, files, vertical == 1 ? 0 : 1, true);
        }
      }
}

BOOST_AUTO_TEST_CASE(grey_pictures_are_exact_in_every_row) {
  for (const std::uint32_t height : {64U, 61U}) {
    const auto files = files_of(20, 77, height, 1, {.quality = 80});
    const auto made = splice(as_pictures(files), wide_bounds);
    BOOST_REQUIRE(made);
    check_both(*made, files, 0, true);
  }
}

BOOST_AUTO_TEST_CASE(they_abut_where_they_are_told_to) {
  const auto files = files_of(5, 64, 64, 3, {.across = 1, .down = 1});
  for (const auto& bounds : {montage_bounds{5 * 64, 75'000'000}, {65'500, 64 * 64 * 5}}) {
    BOOST_TEST(!splice(as_pictures(files), bounds));
    const auto made = splice(as_pictures(files), bounds, joint::none);
    BOOST_REQUIRE(made);
    BOOST_TEST(made->height == 5U * 64U);
    check_both(*made, files, 0, false);
  }
  BOOST_TEST(!splice(as_pictures(files), {5 * 64 - 1, 75'000'000}, joint::none));
  BOOST_TEST(!splice(as_pictures(files), {65'500, 64 * 64 * 5 - 1}, joint::none));
  const auto made = splice(as_pictures(files), {5 * 72, 75'000'000});
  BOOST_REQUIRE(made);
  BOOST_TEST(made->height == 5U * 72U);
}

BOOST_AUTO_TEST_CASE(pictures_of_other_heights_but_as_many_rows_of_units_are_joined) {
  std::vector<std::string> files;
  for (const std::uint32_t height : {64U, 60U, 57U, 64U})
    files.push_back(jpeg_of(noisy(90, height, 3, height), {.across = 1, .down = 1}));
  const auto made = splice(as_pictures(files), wide_bounds);
  BOOST_REQUIRE(made);
  check_both(*made, files, 0, true);
}

BOOST_AUTO_TEST_CASE(what_does_not_belong_to_the_picture_is_left_behind) {
  auto files = files_of(9, 96, 32, 3, {});
  const auto exif = jpeg_with_exif(files[1], exif_block(1));
  auto comment = files[2];
  comment.insert(2, "\xFF\xFE\x00\x0Asome text"s.substr(0, 12));
  files[1] = exif;
  files[2] = comment;
  // Fill bytes before a marker, garbage behind the end, and a second picture there.
  files[3].insert(files[3].size() - 2, "\xFF\xFF\xFF");
  files[4] += std::string(1000, '\xFF') + "garbage";
  files[5] += files[6];
  files[7].insert(2, "\xFF\xFF");
  // A thumbnail is a JPEG within a segment.
  const auto thumbnail = jpeg_of(noisy(16, 16, 3, 1), {});
  files[8] = jpeg_with_exif(files[8], exif_block(1) + thumbnail);
  const auto made = splice(as_pictures(files), wide_bounds);
  BOOST_REQUIRE(made);
  check_both(*made, files, 1, true);
  BOOST_TEST(file_of(*made).find("some text") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_joined_is_not) {
  const auto base = jpeg_of(noisy(96, 32, 3, 1), {});
  const auto with = [&](const std::string& other) { return splice(as_pictures({base, other}), wide_bounds); };
  BOOST_TEST(with(jpeg_of(noisy(96, 32, 3, 2), {})).has_value());
  const auto scan = scan_of(base);
  const std::vector<std::pair<const char*, std::string>> others{
      {"another width", jpeg_of(noisy(95, 32, 3, 2), {})},
      {"more rows of units", jpeg_of(noisy(96, 33, 3, 2), {})},
      {"another quality", jpeg_of(noisy(96, 32, 3, 2), {.quality = 90})},
      {"another sampling", jpeg_of(noisy(96, 32, 3, 2), {.across = 1, .down = 1})},
      {"grey", jpeg_of(noisy(96, 32, 1, 2), {})},
      {"Huffman tables of its own", jpeg_of(noisy(96, 32, 3, 2), {.optimised = true})},
      {"progressive", jpeg_of(noisy(96, 32, 3, 2), {.progressive = true})},
      {"arithmetic coding", jpeg_of(noisy(96, 32, 3, 2), {.arithmetic = true})},
      {"restart markers", jpeg_of(noisy(96, 32, 3, 2), {.restart_rows = 1})},
      {"CMYK", jpeg_of(noisy(96, 32, 4, 2), {})},
      {"RGB", jpeg_of(noisy(96, 32, 3, 2), {.across = 1, .down = 1, .rgb = true})},
      {"turned", jpeg_with_exif(base, exif_block(3))},
      {"PNG", png_of(noisy(96, 32, 3, 2))},
      {"a restart marker in the scan", std::string{base}.insert(scan + 40, "\xFF\xD0")},
      {"no end marker", base.substr(0, base.size() - 2)},
      {"an interval of restarts", std::string{base}.insert(2, "\xFF\xDD\x00\x04\x00\x06"s)},
      {"a reserved marker", std::string{base}.insert(2, "\xFF\xFD\x00\x03!"s)},
      {"a hierarchical file's marker", std::string{base}.insert(2, "\xFF\xDF\x00\x03\x11"s)},
  };
  for (const auto& [what, file] : others)
    BOOST_TEST(!with(file).has_value(), what);
  BOOST_TEST(with(std::string{base}.insert(2, "\xFF\xDD\x00\x04\x00\x00"s)).has_value());
}

BOOST_AUTO_TEST_CASE(pictures_of_one_kin_are_those_that_can_be_joined) {
  const auto joins = [](const std::string& file) {
    return joins_of(file, std::get<picture_header>(inspect(file)).info);
  };
  const auto base = jpeg_of(noisy(96, 30, 3, 1), {});
  const auto kin = joins(base).kin;
  BOOST_TEST(kin != 0U);
  BOOST_TEST(joins(base).rows == 32U);
  BOOST_TEST(joins(base).bytes == base.size() - 2 - scan_of(base));
  BOOST_TEST(joins(jpeg_of(noisy(96, 32, 3, 2), {})).kin == kin);
  BOOST_TEST(joins(jpeg_with_exif(base, exif_block(1)) + "garbage").kin == kin);
  for (const auto& other : {jpeg_of(noisy(97, 32, 3, 1), {}), jpeg_of(noisy(96, 33, 3, 1), {}),
                            jpeg_of(noisy(96, 32, 3, 1), {.quality = 94}), jpeg_of(noisy(96, 32, 1, 1), {}),
                            jpeg_of(noisy(96, 32, 3, 1), {.across = 2, .down = 1})}) {
    BOOST_TEST(joins(other).kin != 0U);
    BOOST_TEST(joins(other).kin != kin);
  }
  for (const auto& none :
       {jpeg_of(noisy(96, 32, 3, 1), {.progressive = true}), jpeg_with_exif(base, exif_block(6)),
        base.substr(0, base.size() - 2), png_of(noisy(96, 32, 3, 1)), jpeg_of(noisy(8 * 2048, 8 * 33, 1, 1), {})})
    BOOST_TEST(joins(none).kin == 0U);
}

BOOST_AUTO_TEST_CASE(an_interval_has_65535_units_at_most) {
  // 2 units a row, and 32,768 rows of them.
  const auto tall = jpeg_of(noisy(16, 32'752, 1, 1), {.quality = 20});
  BOOST_TEST(!splice(as_pictures({tall, tall}), {65'504, 75'000'000}, joint::none));
  const auto wide = jpeg_of(noisy(8 * 2000, 8 * 32, 1, 1), {.quality = 20});
  const auto wider = jpeg_of(noisy(8 * 2048, 8 * 32, 1, 1), {.quality = 20});
  BOOST_TEST(splice(as_pictures({wide, wide}), wide_bounds, joint::none).has_value());
  BOOST_TEST(!splice(as_pictures({wide, wide}), wide_bounds).has_value());
  BOOST_TEST(!splice(as_pictures({wider, wider}), wide_bounds, joint::none).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_not_joined) {
  const auto base = jpeg_of(noisy(48, 16, 3, 1), {.quality = 60});
  const auto whole = as_pictures({base, base});
  for (std::size_t length = 0; length < base.size(); ++length) {
    auto cut = whole;
    // In memory of its own size, so that reading behind it is seen by the sanitizer.
    cut[1].bytes = make_picture_bytes(base.substr(0, length));
    BOOST_TEST(!splice(cut, wide_bounds).has_value(), length);
  }
}

BOOST_AUTO_TEST_CASE(damage_stays_in_its_picture) {
  const auto files = files_of(3, 64, 32, 1, {.quality = 90});
  BOOST_TEST(rc::check("damage in one scan", [&] {
    auto damaged = files;
    const auto scan = scan_of(files[1]);
    const auto count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i)
      damaged[1][*rc::gen::inRange(scan, files[1].size() - 2)] = *rc::gen::arbitrary<char>();
    auto pictures = as_pictures(files);
    pictures[1].bytes = make_picture_bytes(damaged[1]);
    const auto made = splice(pictures, wide_bounds);
    RC_PRE(made.has_value());
    const auto whole = lenient_decode(file_of(*made));
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
      const auto alone = first_decode(files[i]);
      for (std::uint32_t row = 0; row < alone.height; ++row)
        RC_ASSERT(difference_of_rows(whole, made->placements[i].top + row, alone, row) == 0);
    }
  }));
}

BOOST_AUTO_TEST_CASE(any_bytes_do_no_harm) {
  const auto base = jpeg_of(noisy(48, 16, 3, 1), {.quality = 60});
  BOOST_TEST(rc::check("changed bytes", [&] {
    auto pictures = as_pictures({base, base, base});
    for (auto& p : pictures) {
      auto bytes = base;
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
        bytes[*rc::gen::inRange(std::size_t{0}, bytes.size())] = *rc::gen::arbitrary<char>();
      p.bytes = make_picture_bytes(std::move(bytes));
    }
    if (const auto made = splice(pictures, wide_bounds))
      RC_ASSERT(std::holds_alternative<picture_header>(inspect(file_of(*made))));
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
