#include "pictures.hpp"
#include "vision/decode/decode.hpp"
#include "vision/decode/ground.hpp"
#include "vision/picture_header.hpp"
#include "vision/tesseract/tesseract_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

using rgb = std::array<std::uint8_t, 3>;

constexpr rgb white{255, 255, 255}, black{0, 0, 0}, yellow{255, 230, 0}, navy{0, 0, 120};
constexpr std::uint32_t scale = 6;

struct look {
  rgb ink = white;
  /// Of the same colour, or another.
  rgb outline = white;
  std::uint32_t outline_px = 0;
  bool soft = false;
};

/// Letters on a transparent ground, RGBA.
raster transparent_text(const look& how) {
  const auto drawn = drawn_text("HELLO\nWORLD", scale);
  auto picture = make_raster(drawn.width, drawn.height, 4);
  const auto is_letter = [&](std::int64_t x, std::int64_t y) {
    return x >= 0 && y >= 0 && x < drawn.width && y < drawn.height &&
           drawn.pixels[static_cast<std::size_t>(y) * drawn.row_bytes() + 3 * static_cast<std::size_t>(x)] == 0;
  };
  const std::int64_t reach = how.outline_px;
  const auto distance = [&](std::int64_t x, std::int64_t y) {
    std::int64_t least = 1000;
    for (auto dy = -reach - 1; dy <= reach + 1; ++dy)
      for (auto dx = -reach - 1; dx <= reach + 1; ++dx)
        if (is_letter(x + dx, y + dy))
          least = std::min(least, std::max(std::abs(dx), std::abs(dy)));
    return least;
  };
  for (std::uint32_t y = 0; y < picture.height; ++y)
    for (std::uint32_t x = 0; x < picture.width; ++x) {
      const auto away = distance(x, y);
      auto* pixel = picture.pixels.data() + y * picture.row_bytes() + 4 * std::size_t{x};
      const auto& colour = away == 0 ? how.ink : how.outline;
      std::copy_n(colour.begin(), 3, pixel);
      pixel[3] = away <= reach ? 255 : how.soft && away == reach + 1 ? 100 : 0;
    }
  return picture;
}

raster grey_of(const raster& rgba) {
  auto grey = make_raster(rgba.width, rgba.height, 2);
  for (std::size_t i = 0; i < std::size_t{rgba.width} * rgba.height; ++i) {
    grey.pixels[2 * i] = rgba.pixels[4 * i];
    grey.pixels[2 * i + 1] = rgba.pixels[4 * i + 3];
  }
  return grey;
}

raster laid_on(std::uint8_t level, const raster& picture) {
  auto laid = make_raster(picture.width, picture.height, picture.channels - 1);
  lay_on(level, picture.pixels.data(), std::size_t{picture.width} * picture.height, picture.channels,
         laid.pixels.data());
  return laid;
}

raster pixels_of(const std::string& file) {
  auto result = decode(file, picture_of("picture", file).info);
  BOOST_REQUIRE(std::holds_alternative<decoded_picture>(result));
  return std::get<decoded_picture>(std::move(result)).pixels;
}

std::uint8_t ground_of(const raster& picture) {
  ground_survey survey{picture.channels};
  for (std::size_t y = 0; y < picture.height; ++y)
    survey.add(picture.pixels.data() + y * picture.row_bytes(), picture.width);
  return survey.ground();
}

std::string text_in(engine& reader, const std::string& file) {
  planned_call call;
  call.pictures.push_back(picture_of("text", file));
  const auto outcome = reader.annotate(call, {}, {});
  BOOST_REQUIRE(std::holds_alternative<annotation>(outcome));
  const auto& picture = std::get<annotation>(outcome).pictures.at(0);
  BOOST_REQUIRE_MESSAGE(picture.recognised, picture.error);
  std::string text;
  for (const auto& symbol : picture.recognised->symbols)
    text += symbol.text;
  return text;
}

const std::vector<std::pair<std::string, look>> light_looks{
    {"white", {}},
    {"soft white", {.soft = true}},
    {"yellow", {.ink = yellow, .outline = yellow}},
    {"white, outlined", {.outline = black, .outline_px = 1}},
    {"white, outlined more", {.outline = black, .outline_px = 3}},
    {"white, outlined softly", {.outline = black, .outline_px = 2, .soft = true}}};
const std::vector<std::pair<std::string, look>> dark_looks{
    {"black", {.ink = black, .outline = black}},
    {"soft black", {.ink = black, .outline = black, .soft = true}},
    {"navy", {.ink = navy, .outline = navy}},
    {"black, outlined", {.ink = black, .outline = white, .outline_px = 2}}};

} // namespace

BOOST_AUTO_TEST_SUITE(grounds)

BOOST_AUTO_TEST_CASE(ink_decides) {
  for (const auto& [name, how] : light_looks)
    BOOST_TEST(ground_of(transparent_text(how)) == 0, name);
  for (const auto& [name, how] : dark_looks)
    BOOST_TEST(ground_of(transparent_text(how)) == 255, name);
}

BOOST_AUTO_TEST_CASE(every_format_lays_ink_on_the_ground_that_suits_it) {
  for (const auto& [looks, level] : {std::pair{&light_looks, std::uint8_t{0}}, {&dark_looks, std::uint8_t{255}}})
    for (const auto& [name, how] : *looks)
      BOOST_TEST_CONTEXT(name) {
        const auto picture = transparent_text(how);
        const auto wanted = laid_on(level, picture);
        for (const bool interlaced : {false, true})
          for (const bool deep : {false, true})
            BOOST_TEST(largest_difference(pixels_of(png_of(picture, {interlaced, deep})), wanted) == 0);
        // WebP keeps no colour where nothing is visible.
        BOOST_TEST(largest_difference(pixels_of(webp_of(picture, true)), wanted) == 0);
        const auto lossy = pixels_of(webp_of(picture, false));
        BOOST_TEST(std::abs(lossy.pixels.front() - level) < 8);
        const auto grey = grey_of(picture);
        if (how.ink != yellow && how.ink != navy)
          BOOST_TEST(largest_difference(pixels_of(png_of(grey)), laid_on(level, grey)) == 0);
      }
}

BOOST_AUTO_TEST_CASE(what_is_opaque_or_invisible_is_as_on_white) {
  auto picture = transparent_text({});
  for (std::size_t i = 3; i < picture.pixels.size(); i += 4)
    picture.pixels[i] = 255;
  BOOST_TEST(ground_of(picture) == 255);
  // Rounded corners, say.
  for (std::size_t i = 3; i < picture.pixels.size() / 10; i += 4)
    picture.pixels[i] = 0;
  BOOST_TEST(ground_of(picture) == 255);
  for (std::size_t i = 3; i < picture.pixels.size(); i += 4)
    picture.pixels[i] = 0;
  BOOST_TEST(ground_of(picture) == 255);
  BOOST_TEST(largest_difference(pixels_of(png_of(picture)), laid_on(255, picture)) == 0);
  // Nothing is more visible than not.
  for (std::size_t i = 3; i < picture.pixels.size() / 4; i += 4)
    picture.pixels[i] = 90;
  BOOST_TEST(ground_of(picture) == 0);
}

BOOST_AUTO_TEST_CASE(ink_of_every_look_is_read) {
  const auto reader = std::make_unique<tesseract_engine>(
      std::make_shared<const tesseract_languages>(tesseract_languages::installed()), std::vector<std::string>{"eng"});
  for (const auto& looks : {light_looks, dark_looks})
    for (const auto& [name, how] : looks)
      BOOST_TEST(text_in(*reader, png_of(transparent_text(how))) == "HELLOWORLD", name);
  BOOST_TEST(text_in(*reader, webp_of(transparent_text({}), false)) == "HELLOWORLD");
}

BOOST_AUTO_TEST_SUITE_END()
