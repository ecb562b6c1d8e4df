#include "pictures.hpp"
#include "second_decoder.hpp"
#include "vision/compose/transcode.hpp"
#include "vision/decode/decode.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

struct sampling {
  const char* name;
  std::uint32_t channels;
  int across, down;
};

constexpr sampling samplings[] = {{"grey", 1, 0, 0},  {"4:4:4", 3, 1, 1}, {"4:2:2", 3, 2, 1},
                                  {"4:2:0", 3, 2, 2}, {"4:4:0", 3, 1, 2}, {"4:1:1", 3, 4, 1}};

/// A gradient under stripes and spots, so that every block has many coefficients and none is where another could be.
raster patterned(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  auto made = gradient(width, height, channels);
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (std::uint32_t c = 0; c < channels; ++c) {
        auto& value = made.pixels[y * made.row_bytes() + x * channels + c];
        if ((x * x / 16 + 3 * y + 20 * c) % 23 < 9)
          value = static_cast<std::uint8_t>(value / 2 + 20 * c);
        if ((x * y) % 37 == 1)
          value = 250;
      }
  return made;
}

raster decoded_file(const std::string& file) {
  auto pixels = decode(file, std::get<picture_header>(inspect(file)).info);
  if (const auto* refusal = std::get_if<picture_refusal>(&pixels))
    throw std::runtime_error{refusal->detail};
  return std::get<decoded_picture>(std::move(pixels)).pixels;
}

/// The picture by itself, upright.
raster alone(const picture& from) {
  return decoded_file(std::string{from.bytes->hold().view});
}

bool decodes(const picture& candidate) {
  return std::holds_alternative<decoded_picture>(decode(candidate.bytes->hold().view, candidate.info));
}

/// The rows of a picture in its montage.
raster rows_of(const raster& all, const placement& place) {
  auto rows = make_raster(place.width, place.height, all.channels);
  std::copy_n(all.pixels.begin() + static_cast<std::ptrdiff_t>(place.top * all.row_bytes()), rows.pixels.size(),
              rows.pixels.begin());
  return rows;
}

/// Without its first and its last row: what the decoder's interpolation of chroma makes of them depends on what is
/// above and below.
raster inner_rows(const raster& picture) {
  auto rows = make_raster(picture.width, picture.height - 2, picture.channels);
  std::copy_n(picture.pixels.begin() + static_cast<std::ptrdiff_t>(picture.row_bytes()), rows.pixels.size(),
              rows.pixels.begin());
  return rows;
}

double mean_difference(const raster& a, const raster& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

picture stored_picture(const raster& upright, int orientation, const jpeg_options& options) {
  auto file = jpeg_of(stored_for(upright, orientation), options);
  return picture_of("picture", jpeg_with_exif(std::move(file), exif_block(static_cast<std::uint16_t>(orientation))));
}

picture plain_picture(const raster& upright, const jpeg_options& options = {}) {
  return picture_of("picture", jpeg_of(upright, options));
}

/// The file with these steps in its first quantisation table.
std::string with_steps(std::string jpeg, char step) {
  const auto at = jpeg.find("\xFF\xDB");
  std::fill_n(jpeg.begin() + static_cast<std::ptrdiff_t>(at + 5), 64, step);
  return jpeg;
}

void check_placements(const montage& made, const std::vector<picture>& pictures, std::uint32_t mcu_height) {
  RC_ASSERT(made.placements.size() == pictures.size());
  RC_ASSERT(made.unplaced.empty());
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const auto& place = made.placements[i];
    RC_ASSERT(place.picture == i);
    RC_ASSERT(place.width == pictures[i].info.width && place.height == pictures[i].info.height);
    const auto top = i == 0 ? 0 : ((end + mcu_height - 1) / mcu_height + 1) * mcu_height;
    RC_ASSERT(place.top == top);
    end = top + place.height;
  }
  RC_ASSERT(made.height == end && made.width == pictures.front().info.width);
}

} // namespace

BOOST_AUTO_TEST_SUITE(transcoding)

BOOST_AUTO_TEST_CASE(turned_pictures_lie_as_decoding_turns_them) {
  for (const auto& kind : samplings)
    for (const bool progressive : {false, true})
      for (int orientation = 1; orientation <= 8; ++orientation) {
        BOOST_TEST_CONTEXT(kind.name << (progressive ? " progressive" : " baseline") << ", orientation "
                                     << orientation) {
          const jpeg_options options{.progressive = progressive, .across = kind.across, .down = kind.down};
          const std::vector pictures{stored_picture(patterned(96, 64, kind.channels), orientation, options),
                                     stored_picture(patterned(96, 32, kind.channels), orientation, options)};
          const auto made = transcode(pictures);
          BOOST_REQUIRE(made);
          BOOST_TEST((made->way == montage_way::transcoded));
          const auto file = file_of(*made);
          const auto first = decoded_file(file), second = second_decode(file);
          BOOST_REQUIRE(first.width == made->width);
          BOOST_REQUIRE(first.height == made->height);
          for (std::size_t i = 0; i < pictures.size(); ++i) {
            const auto expected = alone(pictures[i]);
            // The inverse DCT, and the interpolation of chroma, round rows and columns each in their way.
            const int tolerance = orientation == 1 ? 0 : 4;
            const auto rows = rows_of(first, made->placements[i]);
            BOOST_TEST(largest_difference(inner_rows(rows), inner_rows(expected)) <= tolerance);
            // At the edges a quarter of the chroma is the seam's.
            BOOST_TEST(largest_difference(rows, expected) <= 57);
            BOOST_TEST(mean_difference(rows_of(second, made->placements[i]), expected) <= 2.5);
          }
        }
      }
}

BOOST_AUTO_TEST_CASE(a_turn_swaps_the_sampling) {
  const jpeg_options across{.across = 2, .down = 1}, down{.across = 1, .down = 2};
  const auto upright = patterned(48, 32, 3);
  const std::vector pictures{plain_picture(upright, down), stored_picture(upright, 6, across)};
  const auto made = transcode(pictures);
  BOOST_REQUIRE(made);
  const auto pixels = decoded_file(file_of(*made));
  for (std::size_t i = 0; i < pictures.size(); ++i)
    BOOST_TEST(mean_difference(rows_of(pixels, made->placements[i]), alone(pictures[i])) <= 1.5);
  BOOST_TEST(!transcode({plain_picture(upright, across), stored_picture(upright, 6, across)}));
}

BOOST_AUTO_TEST_CASE(heights_of_any_size_start_at_mcu_rows) {
  BOOST_TEST(rc::check("heights", [] {
    const auto& kind = samplings[*rc::gen::inRange<std::size_t>(0, std::size(samplings))];
    const auto width = *rc::gen::inRange<std::uint32_t>(1, 70);
    const auto count = *rc::gen::inRange(1, 6);
    std::vector<picture> pictures;
    for (int i = 0; i < count; ++i) {
      const jpeg_options options{.progressive = *rc::gen::arbitrary<bool>(),
                                 .optimised = *rc::gen::arbitrary<bool>(),
                                 .across = kind.across,
                                 .down = kind.down};
      const auto height = *rc::gen::inRange<std::uint32_t>(1, 50);
      pictures.push_back(plain_picture(patterned(width, height, kind.channels), options));
    }
    const auto made = transcode(pictures);
    RC_ASSERT(made.has_value());
    const auto mcu_height = static_cast<std::uint32_t>(8 * std::max(kind.down, 1));
    check_placements(*made, pictures, mcu_height);
    const auto file = file_of(*made);
    const auto pixels = decoded_file(file);
    RC_ASSERT(pixels.width == made->width && pixels.height == made->height);
    const auto second = second_decode(file);
    RC_ASSERT(second.width == made->width && second.height == made->height);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto& place = made->placements[i];
      if (place.height > 2)
        RC_ASSERT(largest_difference(inner_rows(rows_of(pixels, place)), inner_rows(alone(pictures[i]))) == 0);
      if (i == 0)
        continue;
      // The MCU row above a picture is plain, but for what the interpolation of chroma brings to its edges.
      for (auto y = place.top - mcu_height + 1; y < place.top - 1; ++y)
        for (std::size_t x = 0; x < pixels.row_bytes(); ++x)
          RC_ASSERT(std::abs(pixels.pixels[y * pixels.row_bytes() + x] - plain_level) <= 1);
    }
  }));
}

BOOST_AUTO_TEST_CASE(one_quantisation_keeps_every_coefficient) {
  const auto upright = patterned(131, 77, 3);
  const std::vector pictures{plain_picture(upright, {.quality = 80}),
                             plain_picture(upright, {.quality = 80, .optimised = true}),
                             plain_picture(upright, {.quality = 80, .restart_rows = 1}),
                             plain_picture(upright, {.quality = 80, .separate_scans = true}),
                             plain_picture(upright, {.quality = 80, .progressive = true}),
                             plain_picture(upright, {.quality = 80, .arithmetic = true}),
                             plain_picture(upright, {.quality = 80, .progressive = true, .arithmetic = true})};
  const auto made = transcode(pictures);
  BOOST_REQUIRE(made);
  const auto pixels = decoded_file(file_of(*made));
  for (std::size_t i = 0; i < pictures.size(); ++i)
    BOOST_TEST(largest_difference(inner_rows(rows_of(pixels, made->placements[i])), inner_rows(alone(pictures[i]))) ==
               0);
}

BOOST_AUTO_TEST_CASE(mixed_qualities_are_rounded_to_finer_steps) {
  for (const auto& kind : samplings) {
    const auto upright = patterned(200, 64, kind.channels);
    std::vector<picture> pictures;
    for (const int quality : {60, 75, 85, 95, 100})
      pictures.push_back(plain_picture(upright, {.quality = quality, .across = kind.across, .down = kind.down}));
    const auto made = transcode(pictures);
    BOOST_REQUIRE(made);
    const auto file = file_of(*made);
    const auto first = decoded_file(file), second = second_decode(file);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto expected = alone(pictures[i]);
      const auto rows = rows_of(first, made->placements[i]);
      BOOST_TEST(largest_difference(inner_rows(rows), inner_rows(expected)) <= 12);
      BOOST_TEST(mean_difference(rows, expected) <= 1.5);
      BOOST_TEST(mean_difference(rows_of(second, made->placements[i]), expected) <= 2.5);
    }
  }
}

BOOST_AUTO_TEST_CASE(black_and_white_keep_within_the_range_of_baseline_coding) {
  auto black = make_raster(32, 32, 1), white = black, both = black;
  std::ranges::fill(white.pixels, std::uint8_t{255});
  for (std::size_t i = 0; i < both.pixels.size(); ++i)
    both.pixels[i] = i / 4 % 2 == 0 ? 0 : 255;
  std::vector<picture> pictures;
  for (int quality = 1; quality <= 100; ++quality)
    for (const auto* upright : {&black, &white, &both})
      pictures.push_back(plain_picture(*upright, {.quality = quality}));
  const auto made = transcode(pictures);
  BOOST_REQUIRE(made);
  const auto pixels = decoded_file(file_of(*made));
  for (std::size_t i = 0; i < pictures.size(); ++i)
    BOOST_TEST(largest_difference(rows_of(pixels, made->placements[i]), alone(pictures[i])) <= 6);
}

BOOST_AUTO_TEST_CASE(values_that_no_encoder_makes_are_left_to_composing) {
  const auto upright = patterned(64, 32, 1);
  const auto fine = jpeg_of(upright, {.quality = 100});
  BOOST_TEST(transcode({picture_of("fine", fine)}).has_value());
  const auto absurd = with_steps(fine, static_cast<char>(255));
  // Exact, whatever the values mean.
  BOOST_TEST(transcode({picture_of("absurd", absurd)}).has_value());
  BOOST_TEST(!transcode({picture_of("fine", fine), picture_of("absurd", absurd)}));
  BOOST_TEST(!transcode({picture_of("none", with_steps(fine, 0))}));
}

BOOST_AUTO_TEST_CASE(what_differs_in_more_is_left_to_composing) {
  const auto colour = patterned(48, 32, 3), grey = patterned(48, 32, 1), four = patterned(48, 32, 4);
  const auto usual = plain_picture(colour);
  BOOST_TEST(transcode({usual}).has_value());
  BOOST_TEST(!transcode({}));
  BOOST_TEST(!transcode({usual, picture_of("png", png_of(colour))}));
  BOOST_TEST(!transcode({usual, picture_of("webp", webp_of(colour))}));
  BOOST_TEST(!transcode({usual, plain_picture(grey)}));
  BOOST_TEST(!transcode({usual, plain_picture(patterned(47, 32, 3))}));
  BOOST_TEST(!transcode({usual, plain_picture(colour, {.across = 1, .down = 1})}));
  BOOST_TEST(!transcode({plain_picture(colour, {.rgb = true})}));
  BOOST_TEST(!transcode({plain_picture(four)}));
  BOOST_TEST(!transcode({plain_picture(four, {.ycck = true})}));
  // As large an MCU fits no scan of all components.
  const auto large = plain_picture(colour, {.across = 4, .down = 4, .separate_scans = true});
  BOOST_TEST(decodes(large));
  BOOST_TEST(!transcode({large}));
  // Grey has no sampling, whatever its file says.
  BOOST_TEST(transcode({plain_picture(grey), plain_picture(grey, {.across = 2, .down = 2})}).has_value());
}

BOOST_AUTO_TEST_CASE(a_part_of_an_mcu_never_comes_first) {
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const auto& [width, height] : {std::pair{64U, 40U}, std::pair{40U, 64U}, std::pair{40U, 40U}})
      BOOST_TEST_CONTEXT("orientation " << orientation << ", " << width << " x " << height) {
        const auto made = transcode({stored_picture(patterned(width, height, 3), orientation, {})});
        // Whose right or bottom edge, as stored, comes first in the upright picture.
        const bool left_matters = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        const bool top_matters = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        BOOST_TEST(made.has_value() == ((width % 16 == 0 || !left_matters) && (height % 16 == 0 || !top_matters)));
      }
}

BOOST_AUTO_TEST_CASE(it_keeps_the_limit_of_height) {
  const auto first = plain_picture(patterned(8, 32752, 1));
  const auto made = transcode({first, plain_picture(patterned(8, 32740, 1))});
  BOOST_REQUIRE(made);
  BOOST_TEST(made->height == max_side_px);
  BOOST_TEST(decoded_file(file_of(*made)).height == max_side_px);
  BOOST_TEST(!transcode({first, plain_picture(patterned(8, 32741, 1))}));
}

BOOST_AUTO_TEST_CASE(it_stops) {
  std::stop_source source;
  const std::vector pictures{plain_picture(patterned(48, 32, 3))};
  BOOST_TEST(transcode(pictures, source.get_token()).has_value());
  source.request_stop();
  BOOST_TEST(!transcode(pictures, source.get_token()));
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_left_to_composing) {
  const auto upright = patterned(40, 24, 3);
  for (const auto& options : {jpeg_options{}, jpeg_options{.progressive = true}, jpeg_options{.arithmetic = true}}) {
    const auto whole = jpeg_of(upright, options);
    const auto good = plain_picture(upright);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto cut = whole.substr(0, size);
      const auto info = inspect(cut);
      if (const auto* found = std::get_if<picture_header>(&info)) {
        const picture bad{"bad", make_picture_bytes(cut), found->info, {}};
        BOOST_TEST(!transcode({good, bad}), "cut after " << size << " of " << whole.size() << " bytes");
      }
    }
  }
  const auto gone = plain_picture(upright);
  gone.bytes->let_go();
  BOOST_TEST(!transcode({gone}));
}

BOOST_AUTO_TEST_CASE(changed_bytes_do_no_harm) {
  std::vector<std::string> files;
  const auto upright = patterned(40, 24, 3);
  for (const bool progressive : {false, true})
    for (const bool arithmetic : {false, true})
      for (const auto orientation : {1, 5})
        files.push_back(jpeg_with_exif(jpeg_of(orientation == 1 ? upright : patterned(24, 40, 3),
                                               {.progressive = progressive, .arithmetic = arithmetic}),
                                       exif_block(static_cast<std::uint16_t>(orientation))));
  for (const auto& options :
       {jpeg_options{.optimised = true}, jpeg_options{.restart_rows = 1}, jpeg_options{.separate_scans = true}})
    files.push_back(jpeg_of(upright, options));
  BOOST_TEST(rc::check("changed bytes", [&] {
    std::vector<picture> pictures;
    for (auto count = *rc::gen::inRange(1, 3); count > 0; --count) {
      auto bytes = files[*rc::gen::inRange<std::size_t>(0, files.size())];
      const auto changes = *rc::gen::inRange(0, 4);
      for (int change = 0; change < changes; ++change)
        bytes[*rc::gen::inRange<std::size_t>(2, bytes.size())] = *rc::gen::arbitrary<char>();
      const auto info = inspect(bytes);
      if (const auto* found = std::get_if<picture_header>(&info); found && found->info.pixels() < 1000000)
        pictures.push_back({"picture", make_picture_bytes(std::move(bytes)), found->info, {}});
    }
    const auto made = transcode(pictures);
    if (!made)
      return;
    RC_ASSERT(std::ranges::all_of(pictures, decodes));
    const auto file = file_of(*made);
    const auto pixels = decoded_file(file);
    RC_ASSERT(pixels.width == made->width && pixels.height == made->height);
    const auto second = second_decode(file);
    RC_ASSERT(second.width == made->width && second.height == made->height);
    RC_ASSERT(made->placements.size() == pictures.size());
    for (const auto& place : made->placements)
      RC_ASSERT(place.top + place.height <= made->height && place.width == made->width);
    if (pictures.size() == 1 && pictures[0].info.orientation == 1)
      RC_ASSERT(largest_difference(pixels, alone(pictures[0])) == 0);
  }));
}

BOOST_AUTO_TEST_SUITE_END()
