#include "core/reading/layout_writer.hpp"
#include "pictures.hpp"
#include "vision/call_planner.hpp"
#include "vision/compose/compose.hpp"
#include "vision/decode/decode.hpp"
#include "vision/montage.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

using rgb = std::array<int, 3>;

constexpr rgb plain{220, 220, 220};
constexpr std::size_t any_size = 1'000'000'000;

raster decoded_montage(const montage& made) {
  const auto file = file_of(made);
  const auto info = inspect(file);
  BOOST_REQUIRE(std::holds_alternative<picture_header>(info));
  auto pixels = decode(file, std::get<picture_header>(info).info);
  BOOST_REQUIRE(std::holds_alternative<decoded_picture>(pixels));
  auto result = std::get<decoded_picture>(std::move(pixels)).pixels;
  BOOST_TEST(result.width == made.width);
  BOOST_TEST(result.height == made.height);
  return result;
}

rgb at(const raster& picture, std::size_t x, std::size_t y) {
  const auto* pixel = picture.pixels.data() + y * picture.row_bytes() + x * picture.channels;
  if (picture.channels == 1)
    return {pixel[0], pixel[0], pixel[0]};
  return {pixel[0], pixel[1], pixel[2]};
}

int difference(const rgb& a, const rgb& b) {
  int result = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result = std::max(result, std::abs(a[i] - b[i]));
  return result;
}

raster solid(std::uint32_t width, std::uint32_t height, const std::array<std::uint8_t, 3>& colour) {
  auto picture = make_raster(width, height, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = colour[i % 3];
  return picture;
}

picture damaged(const std::string& id) {
  const auto noise = gradient(300, 200, 3);
  auto file = png_of(noise);
  file[file.size() / 2] ^= 1;
  return picture_of(id, file);
}

/// The montage of pictures that are all sound, put together at once.
raster stacked(const std::vector<picture>& pictures) {
  const auto size = montage_size_of(pictures);
  auto montage = make_raster(static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), 3);
  std::ranges::fill(montage.pixels, plain_level);
  std::size_t top = 0;
  for (const auto& picture : pictures) {
    const auto pixels = std::get<decoded_picture>(decode(picture.bytes->hold().view, picture.info)).pixels;
    for (std::size_t y = 0; y < pixels.height; ++y)
      for (std::size_t x = 0; x < pixels.width; ++x)
        for (std::size_t c = 0; c < 3; ++c)
          montage.pixels[(top + y) * montage.row_bytes() + 3 * x + c] =
              pixels.pixels[y * pixels.row_bytes() + x * pixels.channels + (pixels.channels == 3 ? c : 0)];
    top += pixels.height + separator_px;
  }
  return montage;
}

/// A small picture of any format and kind, in any orientation.
std::string any_file() {
  const auto width = *rc::gen::inRange<std::uint32_t>(1, 80), height = *rc::gen::inRange<std::uint32_t>(1, 60);
  const auto exif = exif_block(*rc::gen::inRange<std::uint16_t>(1, 9));
  const auto odd = *rc::gen::arbitrary<bool>();
  const auto pixels = [&](std::uint32_t channels) { return noise(width, height, channels); };
  switch (*rc::gen::inRange(0, 9)) {
  case 0: return jpeg_with_exif(jpeg_of(pixels(1), {.progressive = odd}), exif);
  case 1: return jpeg_with_exif(jpeg_of(pixels(3), {.progressive = odd}), exif);
  case 2: return jpeg_with_exif(jpeg_of(pixels(4), {.ycck = odd}), exif);
  case 3: return png_with_exif(png_of(pixels(2), {.interlaced = odd}), exif);
  case 4: return png_with_exif(png_of(pixels(3), {.interlaced = odd, .deep = true}), exif);
  case 5: return png_with_exif(png_of(pixels(4), {.deep = odd}), exif);
  case 6: return png_with_exif(palette_png(width, height), exif);
  case 7: return webp_with_exif(webp_of(pixels(3), odd), exif, width, height);
  default: return webp_with_exif(webp_of(pixels(4), odd), exif, width, height);
  }
}

constexpr std::array qualities{95, 90, 85, 80, 75};

/// A symbol whose box has its centre at (x, y) and that size.
symbol symbol_at(int x, int y, int width = 4, int height = 4) {
  return {"x", {x - width / 2, y - height / 2, width, height}, 1, text_break::none};
}

/// Rows between the box's middle and the picture, doubled.
long distance(const bounding_box& box, const placement& place) {
  const long middle = 2L * box.y + box.height, top = 2L * place.top, bottom = top + 2L * place.height;
  return middle < top ? top - middle : middle > bottom ? middle - bottom : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(montages)

BOOST_AUTO_TEST_CASE(pictures_are_stacked_with_seams_and_margins_of_one_colour) {
  const auto made = compose({picture_of("wide", png_of(solid(96, 40, {200, 30, 30}))),
                             picture_of("narrow", png_of(solid(48, 24, {30, 30, 200}))),
                             picture_of("grey", png_of(make_raster(80, 32, 1)))},
                            any_size);
  BOOST_REQUIRE(made);
  BOOST_TEST(made->width == 96U);
  BOOST_TEST(made->height == 40U + 2 + 24 + 2 + 32);
  BOOST_TEST(made->unplaced.empty());
  BOOST_REQUIRE(made->placements.size() == 3U);
  const std::uint32_t tops[] = {0, 42, 68}, widths[] = {96, 48, 80}, heights[] = {40, 24, 32};
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST(made->placements[i].picture == i);
    BOOST_TEST(made->placements[i].top == tops[i]);
    BOOST_TEST(made->placements[i].width == widths[i]);
    BOOST_TEST(made->placements[i].height == heights[i]);
  }
  const auto pixels = decoded_montage(*made);
  BOOST_TEST(difference(at(pixels, 10, 20), {200, 30, 30}) <= 4);
  BOOST_TEST(difference(at(pixels, 10, 54), {30, 30, 200}) <= 4);
  BOOST_TEST(difference(at(pixels, 10, 84), {0, 0, 0}) <= 4);
  BOOST_TEST(difference(at(pixels, 90, 54), plain) <= 4);
  BOOST_TEST(difference(at(pixels, 92, 84), plain) <= 4);
}

BOOST_AUTO_TEST_CASE(every_pixel_lies_where_the_placement_says) {
  BOOST_TEST(rc::check("montage pixels", [] {
    const auto count = *rc::gen::inRange(1, 12);
    std::vector<raster> originals;
    std::vector<picture> pictures;
    for (int i = 0; i < count; ++i) {
      const auto width = *rc::gen::inRange<std::uint32_t>(1, 80), height = *rc::gen::inRange<std::uint32_t>(1, 60);
      originals.push_back(gradient(width, height, 1));
      pictures.push_back(picture_of(std::to_string(i), png_of(originals.back())));
    }
    const auto made = compose(pictures, any_size);
    RC_ASSERT(made.has_value());
    RC_ASSERT(made->placements.size() == originals.size());
    const auto size = montage_size_of(pictures);
    RC_ASSERT(size.width == made->width && size.height == made->height);
    const auto pixels = decoded_montage(*made);
    // JPEG rings where a picture meets the seam.
    constexpr int tolerance = 40;
    std::uint32_t row = 0;
    for (std::size_t i = 0; i < originals.size(); ++i) {
      const auto& place = made->placements[i];
      const auto& original = originals[i];
      if (i > 0)
        for (const auto end = row + separator_px; row < end; ++row)
          for (std::uint32_t x = 0; x < pixels.width; ++x)
            RC_ASSERT(difference(at(pixels, x, row), plain) <= tolerance);
      RC_ASSERT(place.top == row && place.width == original.width && place.height == original.height);
      long error = 0;
      for (std::uint32_t y = 0; y < original.height; ++y, ++row)
        for (std::uint32_t x = 0; x < pixels.width; ++x) {
          const auto expected = x < original.width ? at(original, x, y) : plain;
          RC_ASSERT(difference(at(pixels, x, row), expected) <= tolerance);
          error += difference(at(pixels, x, row), expected);
        }
      RC_ASSERT(error <= 6L * pixels.width * original.height);
    }
    RC_ASSERT(row == pixels.height);
  }));
}

BOOST_AUTO_TEST_CASE(composing_by_rows_makes_the_file_of_the_whole) {
  BOOST_TEST(rc::check("montage bytes", [] {
    std::vector<picture> pictures;
    for (int i = *rc::gen::inRange(1, 8); i > 0; --i)
      pictures.push_back(picture_of("picture", any_file()));
    const auto made = compose(pictures, any_size);
    RC_ASSERT(made.has_value());
    RC_ASSERT(made->way == montage_way::composed);
    RC_ASSERT(made->quality == 95);
    RC_ASSERT(made->unplaced.empty());
    RC_ASSERT(file_of(*made) == jpeg_of(stacked(pictures)));
  }));
}

BOOST_AUTO_TEST_CASE(what_comes_before_the_damage_is_drawn_and_the_rest_is_plain) {
  auto half = picture_of("half", png_of(noise(64, 600, 3)));
  const auto file = std::string{half.bytes->hold().view};
  half.bytes = make_picture_bytes(file.substr(0, file.size() / 2));
  const auto first = solid(64, 32, {30, 160, 30}), last = solid(64, 32, {160, 30, 160});
  const auto made = compose({picture_of("first", png_of(first)), half, picture_of("last", png_of(last))}, any_size);
  BOOST_REQUIRE(made);
  BOOST_REQUIRE(made->unplaced.size() == 1U);
  BOOST_TEST(made->unplaced[0].picture == 1U);
  BOOST_TEST(made->unplaced[0].text == "the PNG cannot be decoded: it is cut short");
  BOOST_REQUIRE(made->placements.size() == 3U);
  BOOST_TEST(made->placements[1].top == 34U);
  BOOST_TEST(made->placements[1].height == 600U);
  BOOST_TEST(made->placements[2].top == 636U);
  const auto pixels = decoded_montage(*made);
  const auto is_plain = [&](std::size_t y) {
    for (std::size_t x = 0; x < 64; ++x)
      if (difference(at(pixels, x, y), plain) > 16)
        return false;
    return true;
  };
  for (std::size_t y = 40; y < 150; ++y)
    BOOST_TEST(!is_plain(y));
  for (std::size_t y = 400; y < 630; ++y)
    BOOST_TEST(is_plain(y));
  BOOST_TEST(difference(at(pixels, 20, 636 + 16), {160, 30, 160}) <= 4);
}

BOOST_AUTO_TEST_CASE(quality_is_the_first_that_keeps_to_the_bound) {
  const std::vector pictures{picture_of("noise", png_of(noise(200, 300, 3))),
                             picture_of("more", png_of(noise(160, 200, 3)))};
  const auto whole = stacked(pictures);
  std::string above;
  for (const int quality : qualities) {
    const auto file = jpeg_of(whole, {.quality = quality});
    // Up to the byte at which it fits, and down to the one at which it does not.
    for (const auto bound : {above.empty() ? any_size : above.size() - 1, file.size()}) {
      const auto made = compose(pictures, bound);
      BOOST_REQUIRE(made);
      BOOST_TEST(made->quality == quality);
      BOOST_TEST(made->size() == file.size());
      BOOST_TEST(file_of(*made) == file);
      BOOST_TEST(!made->too_large);
      BOOST_TEST(made->placements.size() == 2U);
    }
    above = file;
  }
  for (const auto bound : {above.size() - 1, above.size() / 4, std::size_t{100}, std::size_t{0}}) {
    const auto made = compose(pictures, bound);
    BOOST_REQUIRE(made);
    BOOST_TEST(made->too_large);
    BOOST_TEST(made->parts.empty());
    BOOST_TEST(made->width == 200U);
    BOOST_TEST(made->height == 502U);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_picture_is_told_at_every_quality) {
  const std::vector pictures{damaged("bad"), picture_of("noise", png_of(noise(300, 200, 3)))};
  const auto best = compose(pictures, any_size);
  BOOST_REQUIRE(best);
  const auto made = compose(pictures, best->size() - 1);
  BOOST_REQUIRE(made);
  BOOST_TEST(made->quality < 95);
  BOOST_REQUIRE(made->unplaced.size() == 1U);
  BOOST_TEST(made->unplaced[0].text == best->unplaced[0].text);
  BOOST_TEST(made->placements.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_size_at_every_quality_is_too_large) {
  const auto picture = picture_of("noise", jpeg_of(noise(300, 200, 3), {.quality = 30}));
  const auto bound = jpeg_of(stacked({picture}), {.quality = 75}).size() - 1;
  const auto made = compose({picture}, bound);
  BOOST_REQUIRE(made);
  BOOST_TEST(made->too_large);
  BOOST_TEST(made->parts.empty());
  BOOST_TEST(compose({picture, picture}, bound)->too_large);
}

BOOST_AUTO_TEST_CASE(a_photograph_that_was_accepted_fits_googles_limit) {
  constexpr std::size_t googles = 20'000'000, accepted = 15 * 1024 * 1024;
  const auto photograph = picture_of("photograph", jpeg_of(noise(5200, 3600, 3), {.quality = 80}));
  BOOST_REQUIRE(photograph.bytes->size() <= accepted);
  const auto made = compose({photograph}, googles);
  BOOST_REQUIRE(made);
  BOOST_TEST((made->way == montage_way::composed));
  BOOST_TEST(made->quality < 95);
  BOOST_TEST(made->size() <= googles);
}

BOOST_AUTO_TEST_CASE(a_damaged_picture_is_left_out_and_the_others_stay) {
  const auto first = solid(64, 32, {30, 160, 30}), last = solid(64, 32, {160, 30, 160});
  const auto bad = damaged("bad");
  const auto made = compose({picture_of("first", png_of(first)), bad, picture_of("last", png_of(last))}, any_size);
  BOOST_REQUIRE(made);
  BOOST_REQUIRE(made->unplaced.size() == 1U);
  BOOST_TEST(made->unplaced[0].picture == 1U);
  BOOST_TEST(made->unplaced[0].text.starts_with("the PNG cannot be decoded"));
  BOOST_REQUIRE(made->placements.size() == 3U);
  const auto pixels = decoded_montage(*made);
  BOOST_TEST(difference(at(pixels, 20, made->placements[0].top + 16), {30, 160, 30}) <= 4);
  BOOST_TEST(difference(at(pixels, 20, made->placements[2].top + 16), {160, 30, 160}) <= 4);
  BOOST_TEST(difference(at(pixels, 20, 32 + 2 + bad.info.height / 2), plain) <= 4);
}

BOOST_AUTO_TEST_CASE(without_a_good_picture_there_is_no_file) {
  const auto made = compose({damaged("a"), damaged("b")}, any_size);
  BOOST_REQUIRE(made);
  BOOST_TEST(made->placements.size() == 2U);
  BOOST_TEST(made->unplaced.size() == 2U);
  BOOST_TEST(made->parts.empty());
}

BOOST_AUTO_TEST_CASE(a_turned_picture_lies_upright) {
  const auto upright_picture = gradient(64, 48, 1);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto file = png_with_exif(png_of(stored_for(upright_picture, orientation)),
                                    exif_block(static_cast<std::uint16_t>(orientation)));
    const auto made = compose({picture_of("turned", file)}, any_size);
    BOOST_REQUIRE(made);
    const auto pixels = decoded_montage(*made);
    for (const auto& [x, y] : {std::pair{8U, 8U}, {56U, 8U}, {8U, 40U}, {56U, 40U}})
      BOOST_TEST(difference(at(pixels, x, y), at(upright_picture, x, y)) <= 8);
  }
}

BOOST_AUTO_TEST_CASE(a_stop_ends_it) {
  std::stop_source stop;
  stop.request_stop();
  BOOST_TEST(!compose({picture_of("a", png_of(gradient(8, 8, 3)))}, any_size, stop.get_token()).has_value());
}

BOOST_AUTO_TEST_CASE(the_largest_montage_is_made) {
  // Many rows of noise: the buffer grows several times.
  const auto tall = picture_of("tall", png_of(gradient(4, max_side_px, 1)));
  const auto made = compose({tall}, any_size);
  BOOST_REQUIRE(made);
  BOOST_TEST(decoded_montage(*made).height == max_side_px);
}

BOOST_AUTO_TEST_CASE(a_symbol_on_a_seam_belongs_to_the_nearer_picture) {
  const std::vector<placement> places{{0, 0, 100, 50}, {1, 52, 80, 50}};
  const auto owner = [&](int y) {
    // Two rows high: the centre is on a row's upper edge.
    const auto parts = split_by_picture({{symbol_at(10, y, 2, 2)}}, places);
    return parts[0].symbols.empty() ? 1 : 0;
  };
  BOOST_TEST(owner(49) == 0);
  BOOST_TEST(owner(50) == 0);
  BOOST_TEST(owner(51) == 0); // the middle
  BOOST_TEST(owner(52) == 1);
  BOOST_TEST(owner(-20) == 0);
  BOOST_TEST(owner(500) == 1);
}

BOOST_AUTO_TEST_CASE(boxes_become_relative_and_are_clipped) {
  const std::vector<placement> places{{0, 0, 100, 50}, {1, 52, 80, 50}};
  const auto box = [&](const bounding_box& b) {
    const auto parts = split_by_picture({{{"x", b, 1, text_break::none}}}, places);
    return parts[parts[0].symbols.empty() ? 1 : 0].symbols.front().box;
  };
  BOOST_TEST((box({10, 60, 5, 6}) == bounding_box{10, 8, 5, 6}));
  BOOST_TEST((box({-3, 49, 10, 40}) == bounding_box{0, 0, 7, 37}));
  BOOST_TEST((box({70, 90, 30, 30}) == bounding_box{70, 38, 10, 12}));
  BOOST_TEST((box({90, 60, 8, 8}) == bounding_box{80, 8, 0, 8}));
  BOOST_TEST((box({20, -8, 10, 12}) == bounding_box{20, 0, 10, 4}));
}

BOOST_AUTO_TEST_CASE(symbols_keep_their_order_and_the_last_break_means_nothing) {
  const std::vector<placement> places{{0, 0, 100, 50}, {2, 52, 80, 50}};
  auto symbols = std::vector{symbol_at(10, 20), symbol_at(20, 20), symbol_at(10, 70), symbol_at(20, 70)};
  const char* texts[] = {"a", "b", "c", "d"};
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    symbols[i].text = texts[i];
    symbols[i].after = i < 2 ? text_break::space : text_break::line;
  }
  const auto parts = split_by_picture({symbols}, places);
  BOOST_TEST(text_of(parts[0]) == "a b");
  BOOST_TEST(text_of(parts[1]) == "c\nd");
}

BOOST_AUTO_TEST_CASE(a_change_of_picture_ends_a_line) {
  const std::vector<placement> places{{0, 0, 100, 50}, {1, 52, 80, 50}};
  const auto texts = [&](std::string_view order, text_break after) {
    std::vector<symbol> symbols;
    for (const char c : order) {
      // Those of the first picture are letters.
      symbols.push_back(symbol_at(10, c < 'a' ? 70 : 20));
      symbols.back().text = c;
      symbols.back().after = after;
    }
    const auto parts = split_by_picture({symbols}, places);
    return text_of(parts[0]) + '|' + text_of(parts[1]);
  };
  BOOST_TEST(texts("a1b", text_break::none) == "a\nb|1");
  BOOST_TEST(texts("a1b", text_break::space) == "a\nb|1");
  BOOST_TEST(texts("a1b", text_break::line) == "a\nb|1");
  BOOST_TEST(texts("a1b", text_break::hyphen) == "a-\nb-|1-");
  BOOST_TEST(texts("ab12cd3", text_break::none) == "ab\ncd|12\n3");
  BOOST_TEST(texts("ab12", text_break::none) == "ab|12");
}

BOOST_AUTO_TEST_CASE(a_block_is_kept_whole_within_its_picture_and_parted_between_pictures) {
  const std::vector<placement> places{{0, 0, 100, 50}, {1, 52, 80, 50}};
  const auto in_box = [](const bounding_box& box) { return symbol{"x", box, 1, text_break::none}; };
  layout_writer writer;
  // A block within the first picture, with facts of its own; it reaches beyond the picture's edge.
  writer.add(in_box({10, 10, 5, 10}));
  writer.end_word({quad_of({8, 8, 10, 14}), 0.25F, {{"en", 0.5F}}});
  writer.end_block({quad_of({-5, 8, 200, 14}), 0.125F, {{"de", 0}}});
  // One line, paragraph and block over both.
  writer.add(in_box({10, 35, 5, 10}));
  writer.end_word();
  writer.add(in_box({20, 60, 5, 10}));
  writer.add(in_box({30, 60, 5, 10}));
  writer.end_block({quad_of({0, 30, 50, 50}), 0.5F, {{"fr", 0}}});
  const auto parts = split_by_picture(writer.take(), places);
  const auto& upper = parts[0].layout;
  BOOST_TEST(parts[0].width == 100U);
  BOOST_TEST(parts[0].height == 50U);
  BOOST_REQUIRE(upper.blocks.size() == 2U);
  BOOST_TEST((upper.blocks[0].box == quad_of({0, 8, 100, 14})));
  BOOST_TEST(upper.blocks[0].confidence == 0.125F);
  BOOST_TEST((upper.languages.at(upper.blocks[0].languages - 1) == std::vector<detected_language>{{"de", 0}}));
  BOOST_TEST((upper.words[0].box == quad_of({8, 8, 10, 14})));
  BOOST_TEST((upper.languages.at(upper.words[0].languages - 1) == std::vector<detected_language>{{"en", 0.5F}}));
  // What is parted is what its symbols make it.
  BOOST_TEST((upper.blocks[1].box == quad_of({10, 35, 5, 10})));
  BOOST_TEST(upper.blocks[1].languages == 0U);
  const auto& lower = parts[1].layout;
  BOOST_TEST(parts[1].width == 80U);
  BOOST_REQUIRE(lower.blocks.size() == 1U);
  BOOST_TEST((lower.blocks[0].box == quad_of({20, 8, 15, 10})));
  BOOST_TEST(lower.words.size() == 1U);
  BOOST_TEST(lower.words[0].end == 2U);
}

BOOST_AUTO_TEST_CASE(every_level_of_every_part_covers_the_one_below) {
  BOOST_TEST(rc::check("any reading, any pictures", [] {
    const std::vector<placement> places{{0, 0, 100, 20}, {1, 22, 80, 20}, {2, 44, 80, 20}};
    layout_writer writer;
    const auto count = *rc::gen::inRange<std::size_t>(0, 40);
    for (std::size_t i = 0; i < count; ++i) {
      writer.add(symbol_at(*rc::gen::inRange(0, 100), *rc::gen::inRange(0, 64)));
      switch (*rc::gen::inRange(0, 10)) {
      case 0: writer.end_word(); break;
      case 1: writer.end_line(); break;
      case 2: writer.end_paragraph(); break;
      case 3: writer.end_block(); break;
      default: break;
      }
    }
    std::size_t symbols = 0;
    for (const auto& part : split_by_picture(writer.take(), places)) {
      auto children = part.symbols.size();
      symbols += children;
      for (const auto* level : {&part.layout.words, &part.layout.lines, &part.layout.paragraphs, &part.layout.blocks}) {
        std::uint32_t begin = 0;
        for (const auto& unit : *level) {
          RC_ASSERT(unit.end > begin);
          begin = unit.end;
        }
        RC_ASSERT(begin == children);
        children = level->size();
      }
    }
    RC_ASSERT(symbols == count);
  }));
}

BOOST_AUTO_TEST_CASE(every_symbol_goes_to_the_nearest_picture) {
  BOOST_TEST(rc::check("nearest by trying all", [] {
    std::vector<placement> places;
    std::uint32_t top = 0;
    const auto count = *rc::gen::inRange<std::size_t>(1, 30);
    for (std::size_t i = 0; i < count; ++i) {
      // Left out pictures leave gaps.
      if (*rc::gen::inRange(0, 5) == 0)
        top += *rc::gen::inRange<std::uint32_t>(1, 40) + separator_px;
      const auto height = *rc::gen::inRange<std::uint32_t>(1, 60);
      places.push_back({i, top, *rc::gen::inRange<std::uint32_t>(1, 100), height});
      top += height + separator_px;
    }
    std::vector<symbol> symbols;
    for (int i = *rc::gen::inRange(0, 40); i > 0; --i)
      symbols.push_back({std::to_string(i),
                         {*rc::gen::inRange(-50, 150), *rc::gen::inRange(-50, static_cast<int>(top) + 50),
                          *rc::gen::inRange(0, 40), *rc::gen::inRange(0, 40)},
                         1,
                         text_break::none});
    const auto parts = split_by_picture({symbols}, places);
    RC_ASSERT(parts.size() == places.size());
    std::vector<std::size_t> taken(parts.size(), 0);
    for (const auto& original : symbols) {
      const auto nearest =
          std::ranges::min_element(places, {}, [&](const placement& p) { return distance(original.box, p); });
      const auto i = static_cast<std::size_t>(nearest - places.begin());
      RC_ASSERT(taken[i] < parts[i].symbols.size());
      const auto& mapped = parts[i].symbols[taken[i]++];
      RC_ASSERT(mapped.text == original.text);
      const auto& box = mapped.box;
      RC_ASSERT(box.x >= 0 && box.y >= 0 && box.width >= 0 && box.height >= 0);
      RC_ASSERT(box.x + box.width <= static_cast<int>(nearest->width));
      RC_ASSERT(box.y + box.height <= static_cast<int>(nearest->height));
    }
    for (std::size_t i = 0; i < parts.size(); ++i)
      RC_ASSERT(taken[i] == parts[i].symbols.size());
  }));
}

BOOST_AUTO_TEST_SUITE_END()
