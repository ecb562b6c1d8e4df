#include "http/formats/pdf/srgb_profile.hpp"

#include "http/formats/pdf/big_endian.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace glyphgate::http {

namespace {

constexpr std::uint32_t version_2_1 = 0x02100000;
constexpr std::size_t header_size = 128;

struct tag {
  std::string_view name;
  std::string bytes;
};

// Parts of 65536.
struct xyz {
  std::uint32_t x, y, z;
};
constexpr xyz d50{0xF6D6, 0x10000, 0xD32D};
// The primaries of sRGB, adapted to D50.
constexpr xyz red{0x6FA2, 0x38F5, 0x0390}, green{0x6299, 0xB785, 0x18DA}, blue{0x24A0, 0x0F84, 0xB6CF};

std::string colour_of(const xyz& c) {
  return big_endian_writer{}.text("XYZ ").u32(0).u32(c.x).u32(c.y).u32(c.z).bytes();
}

std::string description_of_profile() {
  constexpr std::string_view name = "sRGB IEC61966-2.1";
  // In ASCII, with a zero at its end; not in Unicode, and not in a Macintosh's script.
  return big_endian_writer{}.text("desc").u32(0).u32(name.size() + 1).text(name).zeros(1 + 8 + 2 + 1 + 67).bytes();
}

std::string curve() {
  constexpr std::uint32_t steps = 256;
  big_endian_writer bytes;
  bytes.text("curv").u32(0).u32(steps);
  for (std::uint32_t i = 0; i < steps; ++i) {
    const auto level = double{static_cast<double>(i)} / (steps - 1);
    const auto linear = level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4);
    bytes.u16(static_cast<std::uint32_t>(std::lround(linear * 65535)));
  }
  return bytes.bytes();
}

std::string make_profile() {
  const std::vector<tag> tags{{"desc", description_of_profile()},
                              {"cprt", big_endian_writer{}.text("text").u32(0).text("none").zeros(1).bytes()},
                              {"wtpt", colour_of(d50)},
                              {"rXYZ", colour_of(red)},
                              {"gXYZ", colour_of(green)},
                              {"bXYZ", colour_of(blue)},
                              {"rTRC", curve()},
                              {"gTRC", curve()},
                              {"bTRC", curve()}};
  big_endian_writer table;
  table.u32(static_cast<std::uint32_t>(tags.size()));
  big_endian_writer bodies;
  const auto first = header_size + 4 + tags.size() * 12;
  for (const auto& [name, bytes] : tags) {
    table.text(name)
        .u32(static_cast<std::uint32_t>(first + bodies.size()))
        .u32(static_cast<std::uint32_t>(bytes.size()));
    bodies.text(bytes).pad();
  }
  big_endian_writer profile;
  profile.u32(static_cast<std::uint32_t>(first + bodies.size())).u32(0).u32(version_2_1).text("mntrRGB XYZ ");
  // Of 1998-02-09, as the standard that it describes.
  profile.u16(1998).u16(2).u16(9).u16(0).u16(0).u16(0).text("acsp");
  // Platform, flags, maker, model, attributes, intent: none, or perceptual.
  profile.zeros(28).u32(d50.x).u32(d50.y).u32(d50.z).zeros(48);
  return profile.text(table.bytes()).text(bodies.bytes()).bytes();
}

} // namespace

const std::string& srgb_profile() {
  static const auto profile = make_profile();
  return profile;
}

} // namespace glyphgate::http
