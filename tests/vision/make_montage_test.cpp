#include "jpeg_corpus.hpp"
#include "pictures.hpp"
#include "vision/compose/draw_montage.hpp"
#include "vision/decode/decode.hpp"
#include "vision/jpeg/soundness.hpp"
#include "vision/make_montage.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

made_montage drawn(const std::vector<picture>& pictures, const montage_limits& limits, const std::stop_token& stop) {
  return draw_montage(pictures, limits, stop);
}

constexpr montage_limits googles{{max_side_px, 75'000'000}, 20'000'000};

/// "spliced", "composed", …; "none" and why where there is no montage.
std::string way_of(const std::vector<picture>& pictures, const montage_limits& limits = googles) {
  const auto made = make_montage(pictures, limits, drawn);
  if (const auto* none = std::get_if<no_montage>(&made))
    return "none: " + none->detail;
  return std::string{to_string(std::get<montage>(made).way)};
}

BOOST_AUTO_TEST_SUITE(ways_of_a_montage)

BOOST_AUTO_TEST_CASE(every_file_of_the_corpus_takes_the_right_way) {
  const auto corpus = jpeg_corpus();
  BOOST_TEST(corpus.size() > 60U);
  for (const auto& [name, file, sibling, alone, together] : corpus)
    BOOST_TEST_CONTEXT(name) {
      const auto header = inspect(file);
      const auto* told = std::get_if<picture_header>(&header);
      const auto* info = told == nullptr ? nullptr : &told->info;
      if (alone == "refused") {
        BOOST_TEST((info == nullptr));
        continue;
      }
      BOOST_REQUIRE(info);
      const picture one{"one", make_picture_bytes(file), *info, {}};
      const auto way_alone = way_of({one});
      BOOST_TEST(way_alone.starts_with(alone), way_alone);
      const auto way_together = way_of({one, picture_of("sibling", sibling)});
      BOOST_TEST(way_together == together);
    }
}

BOOST_AUTO_TEST_CASE(a_jpeg_by_itself_travels_byte_for_byte) {
  const auto file = jpeg_with_exif(jpeg_of(gradient(300, 200, 3), {.progressive = true}), exif_block(1)) + "garbage";
  const auto made = make_montage({picture_of("one", file)}, googles, drawn);
  BOOST_REQUIRE(std::holds_alternative<montage>(made));
  const auto& sent = std::get<montage>(made);
  BOOST_TEST((sent.way == montage_way::as_sent));
  BOOST_TEST(file_of(sent) == file);
  BOOST_REQUIRE(sent.placements.size() == 1U);
  BOOST_TEST(sent.placements[0].top == 0U);
  BOOST_TEST(sent.placements[0].width == 300U);
  BOOST_TEST(sent.placements[0].height == 200U);
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_limits_is_refused_whichever_way) {
  const auto one = picture_of("one", jpeg_of(gradient(96, 32, 3)));
  BOOST_TEST(way_of({one, one}, {{1000, 96 * 96}, 20'000'000}) == "spliced");
  // Without a row between them only where nothing else is left.
  BOOST_TEST(way_of({one, one}, {{95, 75'000'000}, 20'000'000}) == "transcoded");
  BOOST_TEST(way_of({one, one}, {{79, 75'000'000}, 20'000'000}) == "composed");
  BOOST_TEST(way_of({one, one}, {{65, 75'000'000}, 20'000'000}) == "spliced");
  BOOST_TEST(way_of({one, one}, {{63, 75'000'000}, 20'000'000}).find("exceeds") != std::string::npos);
  BOOST_TEST(way_of({one, one}, {{65'500, 96 * 64 - 1}, 20'000'000}).find("exceeds") != std::string::npos);
  BOOST_TEST(way_of({one}, {{65'500, 75'000'000}, 300}).find("limit of 300 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_damaged_picture_is_named_and_its_neighbours_are_sent_at_once) {
  auto file = jpeg_of(gradient(96, 32, 3));
  file.insert(file.size() - 100, "\xFF\xD9");
  std::vector<picture> pictures(20, picture_of("good", jpeg_of(gradient(96, 32, 3))));
  pictures[7] = picture_of("bad", file);
  const auto made = make_montage(pictures, googles, drawn);
  BOOST_REQUIRE(std::holds_alternative<montage>(made));
  BOOST_TEST((std::get<montage>(made).way == montage_way::composed));
  BOOST_REQUIRE(std::get<montage>(made).unplaced.size() == 1U);
  BOOST_TEST(std::get<montage>(made).unplaced[0].picture == 7U);
}

BOOST_AUTO_TEST_CASE(what_is_sound_decodes) {
  const std::vector<std::string> files{jpeg_of(gradient(96, 32, 3)), jpeg_of(gradient(40, 40, 1))};
  for (const auto& file : files)
    BOOST_TEST(is_sound(file));
  // Whether these are, a decoder has to find out.
  BOOST_TEST(!is_sound(jpeg_of(gradient(96, 32, 3), {.progressive = true})));
  BOOST_TEST(!is_sound(jpeg_of(gradient(96, 32, 3), {.restart_rows = 1})));
  // Every second byte of a marker: what libjpeg refuses is not sound.
  for (int marker = 0; marker < 256; ++marker) {
    auto bytes = files[1];
    bytes[3] = static_cast<char>(marker);
    const auto header = inspect(bytes);
    if (const auto* told = std::get_if<picture_header>(&header); told != nullptr && is_sound(bytes))
      BOOST_TEST(std::holds_alternative<decoded_picture>(decode(bytes, told->info)), marker);
  }
  BOOST_TEST(rc::check("changed bytes", [&] {
    auto bytes = *rc::gen::elementOf(files);
    for (int i = *rc::gen::inRange(1, 3); i > 0; --i)
      bytes[*rc::gen::inRange(std::size_t{0}, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto header = inspect(bytes);
    const auto* told = std::get_if<picture_header>(&header);
    const auto* info = told == nullptr ? nullptr : &told->info;
    if (info == nullptr || info->pixels() > 100'000)
      return;
    if (is_sound(bytes))
      RC_ASSERT(std::holds_alternative<decoded_picture>(decode(bytes, *info)));
  }));
}

BOOST_AUTO_TEST_CASE(a_stop_is_no_refusal) {
  std::stop_source stop;
  stop.request_stop();
  const auto made = make_montage({picture_of("one", png_of(gradient(8, 8, 3)))}, googles, drawn, stop.get_token());
  BOOST_REQUIRE(std::holds_alternative<no_montage>(made));
  BOOST_TEST(std::get<no_montage>(made).detail.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
