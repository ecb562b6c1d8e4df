#include "google_fixture.hpp"
#include "support/file_of.hpp"
#include "vision/decode/decode.hpp"
#include "vision/pictures.hpp"
#include "vision/tesseract/tesseract_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

constexpr std::uint32_t caption_width = 666, caption_height = 64;

picture sample(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(stream, file << " cannot be read");
  return picture_of(file.stem().string(), {std::istreambuf_iterator<char>{stream}, {}});
}

/// The caption moved to the right by `shift` pixels, darker by as many values: a strip of its own.
raster varied(const raster& caption, std::uint32_t shift) {
  auto strip = caption;
  const auto c = caption.channels;
  for (std::size_t y = 0; y < caption.height; ++y)
    for (std::size_t x = 0; x < caption.width; ++x)
      for (std::size_t i = 0; i < c; ++i) {
        const auto from = x < shift ? 0 : x - shift;
        const auto value = caption.pixels[(y * caption.width + from) * c + i];
        strip.pixels[(y * caption.width + x) * c + i] =
            static_cast<std::uint8_t>(std::max<int>(0, value - static_cast<int>(shift)));
      }
  return strip;
}

/// `count` strips of the sample captions of a language.
std::vector<picture> strips(std::string_view language, std::size_t samples, std::size_t count) {
  std::vector<raster> captions;
  for (std::size_t i = 1; i <= samples; ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "caption-%.2s-%02zu.jpg", language.data(), i);
    const auto file = sample(std::filesystem::path{GLYPHGATE_SOURCE_DIR} / "docs/samples" / name);
    auto pixels = decode(file_of(file), file.info);
    BOOST_REQUIRE(std::holds_alternative<decoded_picture>(pixels));
    captions.push_back(std::get<decoded_picture>(std::move(pixels)).pixels);
    BOOST_REQUIRE(captions.back().width == caption_width);
    BOOST_REQUIRE(captions.back().height == caption_height);
  }
  std::vector<picture> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(
        picture_of(std::to_string(i), jpeg_of(varied(captions[i % samples], static_cast<std::uint32_t>(i / samples)))));
  return made;
}

int distance(const bounding_box& a, const bounding_box& b) {
  return std::max({std::abs(a.x - b.x), std::abs(a.y - b.y), std::abs(a.x + a.width - b.x - b.width),
                   std::abs(a.y + a.height - b.y - b.height)});
}

/// Reads the strips through the fake in one call, and each alone, and compares.
void compare(const std::vector<picture>& pictures, const std::string& language) {
  google_fixture f{{.how = fake::reading::ocr, .languages = language}};
  auto settings = f.settings();
  settings.timeout = std::chrono::minutes{5};
  const auto together = annotated(engine_with(settings)->annotate(call_of(pictures), {}, {}));
  BOOST_TEST(f.calls() == 1U);
  const auto alone = annotated(tesseract_engine{
      std::make_shared<const tesseract_languages>(tesseract_languages::installed()),
      {language}}.annotate(call_of(pictures), {}, {}));
  std::size_t same = 0, symbols = 0, near = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    BOOST_REQUIRE(together.pictures[i].recognised);
    BOOST_REQUIRE(alone.pictures[i].recognised);
    const auto &a = *together.pictures[i].recognised, &b = *alone.pictures[i].recognised;
    if (text_of(a) != text_of(b)) {
      BOOST_TEST_MESSAGE("strip " << i << ": \"" << text_of(a) << "\", alone \"" << text_of(b) << '"');
      continue;
    }
    ++same;
    BOOST_TEST(!a.symbols.empty());
    for (std::size_t s = 0; s < a.symbols.size(); ++s) {
      ++symbols;
      if (distance(a.symbols[s].box, b.symbols[s].box) <= 2)
        ++near;
    }
  }
  BOOST_TEST_MESSAGE(same << " of " << pictures.size() << " strips read the same, " << near << " of " << symbols
                          << " boxes within 2 px");
  BOOST_TEST(same == pictures.size());
  BOOST_TEST(near * 100 >= symbols * 99);
}

} // namespace

BOOST_AUTO_TEST_SUITE(captions)

BOOST_AUTO_TEST_CASE(three_hundred_captions_cost_one_call_and_read_as_each_alone) {
  compare(strips("en", 10, 300), "eng");
}

BOOST_AUTO_TEST_CASE(chinese_captions_too) {
  if (!tesseract_languages::installed().find("chi_sim"))
    return;
  compare(strips("zh", 4, 100), "chi_sim");
}

BOOST_AUTO_TEST_SUITE_END()
