#include "../pictures.hpp"
#include "checks.hpp"
#include "handmade_files.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <webp/decode.h>

#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(webp_header)

namespace {

std::string le24_text(std::uint32_t value) {
  return le32_text(value).substr(0, 3);
}

std::string extended(std::uint32_t flags, std::uint32_t width, std::uint32_t height) {
  return webp_chunk("VP8X", le32_text(flags) + le24_text(width - 1) + le24_text(height - 1));
}

struct animation {
  std::uint32_t width = 61, height = 37;
  std::uint32_t left = 0, top = 0, frame_width = 61, frame_height = 37;
  bool lossless = true;
};

/// Its frame's picture is 61 x 37 px, whatever is told.
std::string animation_of(const animation& a) {
  const auto frame = le24_text(a.left / 2) + le24_text(a.top / 2) + le24_text(a.frame_width - 1) +
                     le24_text(a.frame_height - 1) + le24_text(100) + '\0' +
                     webp_of(gradient(61, 37, 3), a.lossless).substr(12);
  return webp_file(extended(0x02, a.width, a.height) + webp_chunk("ANIM", "\0\0\0\0\0\0"s) + webp_chunk("ANMF", frame) +
                   webp_chunk("ANMF", frame));
}

} // namespace

BOOST_AUTO_TEST_CASE(an_animation_is_its_first_frame_on_the_canvas) {
  for (const bool lossless : {true, false}) {
    check_info(accepted(animation_of({.lossless = lossless})), picture_format::webp, 61, 37, 1);
    check_info(accepted(animation_of({.width = 200, .height = 100, .left = 10, .top = 20, .lossless = lossless})),
               picture_format::webp, 200, 100, 1);
  }
  check_info(accepted(animation_of({.width = 1 << 24, .height = 255})), picture_format::webp, 1 << 24, 255, 1);
  check_refusal(animation_of({.width = 1 << 24, .height = 256}), ec::invalid_picture, "16777216 x 256 px");
  check_refusal(animation_of({.width = 60}), ec::invalid_picture, "first frame is damaged");
  check_refusal(animation_of({.left = 2}), ec::invalid_picture, "first frame is damaged");
  check_refusal(animation_of({.width = 100, .frame_width = 62}), ec::invalid_picture, "first frame is damaged");
  check_refusal(webp_file(extended(0x02, 61, 37) + webp_chunk("ANIM", "\0\0\0\0\0\0"s)), ec::invalid_picture,
                "no image data");
  for (const std::size_t size : {0, 15, 16, 40})
    check_refusal(webp_file(extended(0x02, 61, 37) + webp_chunk("ANMF", std::string(size, '\0'))), ec::invalid_picture,
                  "first frame is damaged");
}

BOOST_AUTO_TEST_CASE(the_container_and_the_picture_agree) {
  const auto picture = webp_of(gradient(61, 37, 3)).substr(12);
  check_info(accepted(webp_file(extended(0, 61, 37) + picture)), picture_format::webp, 61, 37, 1);
  check_refusal(webp_file(extended(0, 62, 37) + picture), ec::invalid_picture, "damaged");
  check_refusal(webp_file(webp_chunk("VP8X", "short") + picture), ec::invalid_picture, "damaged");
}

BOOST_AUTO_TEST_CASE(headers_of_lossy_pictures) {
  const auto webp = webp_of(gradient(61, 37, 3), false);
  constexpr std::size_t frame = 20;
  BOOST_REQUIRE(webp.substr(frame + 3, 3) == "\x9D\x01\x2A");
  const auto changed = [&](std::size_t at, char value) { return std::string{webp}.replace(frame + at, 1, 1, value); };
  // No key frame, a version that is not defined, a frame that is not shown.
  for (const int bits : {0x01, 0x08, 0x10})
    check_refusal(changed(0, static_cast<char>(webp[frame] ^ bits)), ec::invalid_picture, "damaged");
  check_refusal(changed(3, 'x'), ec::invalid_picture, "damaged");
  check_refusal(std::string{webp}.replace(frame + 6, 2, "\0\0"s), ec::invalid_picture, "damaged");
  // What stands above the 14 bits is a scale.
  check_info(accepted(changed(7, '\xC0')), picture_format::webp, 61, 37, 1);
}

// libwebp reads the same of what it takes; what it does not take is refused.
BOOST_AUTO_TEST_CASE(what_is_accepted_is_what_libwebp_reads) {
  const std::vector<std::string> files{webp_of(gradient(61, 37, 3)),
                                       webp_of(gradient(61, 37, 3), false),
                                       webp_of(gradient(61, 37, 4)),
                                       webp_of(gradient(61, 37, 4), false),
                                       webp_file(extended(0, 61, 37) + webp_of(gradient(61, 37, 3)).substr(12)),
                                       animation_of({})};
  BOOST_TEST(rc::check("changed bytes", [&] {
    auto bytes = *rc::gen::elementOf(files);
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
      bytes[*rc::gen::inRange(std::size_t{0}, std::min<std::size_t>(bytes.size(), 64))] = *rc::gen::arbitrary<char>();
    const auto header = inspect(bytes);
    const auto* told = std::get_if<vision::picture_header>(&header);
    WebPBitstreamFeatures features;
    const bool taken =
        WebPGetFeatures(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &features) == VP8_STATUS_OK;
    if (told == nullptr || told->info.format != picture_format::webp)
      return;
    RC_ASSERT(taken);
    const auto& info = told->info;
    const bool lies = info.orientation >= 5;
    RC_ASSERT((lies ? info.height : info.width) == static_cast<std::uint32_t>(features.width));
    RC_ASSERT((lies ? info.width : info.height) == static_cast<std::uint32_t>(features.height));
  }));
}

BOOST_AUTO_TEST_SUITE_END()
