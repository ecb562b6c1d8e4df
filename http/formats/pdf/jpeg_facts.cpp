#include "http/formats/pdf/jpeg_facts.hpp"

#include <cstddef>

using namespace std::string_view_literals;

namespace glyphgate::http {

namespace {

// The second bytes of markers (ITU-T T.81, table B.1).
constexpr std::uint8_t sof0 = 0xC0, sof2 = 0xC2, sof15 = 0xCF, dht = 0xC4, jpg = 0xC8, dac = 0xCC, soi = 0xD8,
                       sos = 0xDA, app0 = 0xE0, app14 = 0xEE;
// More than any writer makes; bounds the work on hostile files.
constexpr int max_segments = 65536;

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::uint32_t number_at(std::string_view bytes, std::size_t i) {
  return std::uint32_t{byte_at(bytes, i)} << 8U | byte_at(bytes, i + 1);
}

bool is_frame(std::uint8_t marker) {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}

struct hints {
  bool jfif = false;
  bool adobe = false;
  std::uint8_t adobe_transform = 0;
};

void read_jfif(std::string_view segment, jpeg_facts& facts, hints& seen) {
  if (!segment.starts_with("JFIF\0"sv) || segment.size() < 12)
    return;
  seen.jfif = true;
  const auto unit = byte_at(segment, 7);
  const auto across = number_at(segment, 8);
  if (unit == 1)
    facts.density = across;
  else if (unit == 2)
    facts.density = across * 2.54;
}

void read_adobe(std::string_view segment, hints& seen) {
  if (!segment.starts_with("Adobe"sv) || segment.size() < 12)
    return;
  seen.adobe = true;
  seen.adobe_transform = byte_at(segment, 11);
}

// False where a PDF cannot hold it.
bool read_frame(std::uint8_t marker, std::string_view segment, jpeg_facts& facts, std::string_view& ids) {
  if (marker > sof2 || segment.size() < 6 || byte_at(segment, 0) != 8)
    return false;
  facts.height = number_at(segment, 1);
  facts.width = number_at(segment, 3);
  facts.components = byte_at(segment, 5);
  const bool is_known = facts.components == 1 || facts.components == 3 || facts.components == 4;
  if (!is_known || facts.width == 0 || facts.height == 0 || segment.size() < 6U + 3U * facts.components)
    return false;
  ids = segment.substr(6);
  return true;
}

// libjpeg's rule (default_decompress_parms), which PDF viewers follow.
bool is_rgb(const jpeg_facts& facts, const hints& seen, std::string_view ids) {
  if (facts.components != 3 || seen.jfif)
    return false;
  if (seen.adobe)
    return seen.adobe_transform == 0;
  return ids[0] == 'R' && ids[3] == 'G' && ids[6] == 'B';
}

} // namespace

std::optional<jpeg_facts> facts_of_jpeg(std::string_view file) {
  if (!file.starts_with("\xFF\xD8\xFF"sv))
    return std::nullopt;
  jpeg_facts facts;
  hints seen;
  std::string_view ids;
  std::size_t at = 2;
  for (int left = max_segments; left != 0; --left) {
    while (at + 1 < file.size() && byte_at(file, at) == 0xFF && byte_at(file, at + 1) == 0xFF)
      ++at;
    if (at + 4 > file.size() || byte_at(file, at) != 0xFF)
      return std::nullopt;
    const auto marker = byte_at(file, at + 1);
    const auto size = number_at(file, at + 2);
    if (marker < sof0 || (marker >= 0xD0 && marker <= soi + 1) || size < 2 || size > file.size() - at - 2)
      return std::nullopt;
    const auto segment = file.substr(at + 4, size - 2);
    at += 2 + size;
    if (marker == sos)
      break;
    if (marker == app0)
      read_jfif(segment, facts, seen);
    else if (marker == app14)
      read_adobe(segment, seen);
    else if (is_frame(marker) && !read_frame(marker, segment, facts, ids))
      return std::nullopt;
  }
  if (facts.components == 0)
    return std::nullopt;
  facts.is_rgb = is_rgb(facts, seen, ids);
  facts.has_adobe = seen.adobe;
  return facts;
}

} // namespace glyphgate::http
