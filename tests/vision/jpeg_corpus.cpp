#include "jpeg_corpus.hpp"

#include "pictures.hpp"
#include "vision/decode/raster.hpp"
#include "vision/decode/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace glyphgate::vision::test {

namespace {

using namespace std::string_literals;

constexpr std::uint32_t width = 96, height = 32;

/// A segment of a file's header, its marker and length included.
struct part {
  std::uint8_t marker;
  std::size_t begin;
  std::size_t end;
};

std::vector<part> header_of(const std::string& file) {
  std::vector<part> parts;
  std::size_t at = 2;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(file.at(i)); };
  for (;;) {
    const auto length = static_cast<std::size_t>(byte(at + 2) << 8 | byte(at + 3));
    parts.push_back({byte(at + 1), at, at + 2 + length});
    if (byte(at + 1) == 0xDA)
      return parts;
    at = parts.back().end;
  }
}

std::string name_of(const part& of) {
  constexpr char digits[] = "0123456789ABCDEF";
  return std::string{digits[of.marker >> 4], digits[of.marker & 15]} + " at " + std::to_string(of.begin);
}

std::string with_length(std::string file, const part& of, std::size_t length) {
  file[of.begin + 2] = static_cast<char>(length >> 8);
  file[of.begin + 3] = static_cast<char>(length);
  return file;
}

} // namespace

std::vector<corpus_file> jpeg_corpus() {
  std::vector<corpus_file> corpus;
  const auto colours = gradient(width, height, 3), others = upright(gradient(width, height, 3), 3);
  const auto add_kind = [&](const std::string& name, const jpeg_options& options, const char* alone,
                            const char* together, std::uint32_t channels = 3) {
    corpus.push_back({name, jpeg_of(gradient(width, height, channels), options),
                      jpeg_of(upright(gradient(width, height, channels), 3), options), alone, together});
  };
  add_kind("4:2:0", {}, "as_sent", "spliced");
  add_kind("4:2:2", {.across = 2, .down = 1}, "as_sent", "spliced");
  add_kind("4:4:4", {.across = 1, .down = 1}, "as_sent", "spliced");
  add_kind("4:4:0", {.across = 1, .down = 2}, "as_sent", "spliced");
  add_kind("4:1:1", {.across = 4, .down = 1}, "as_sent", "spliced");
  add_kind("grey", {}, "as_sent", "spliced", 1);
  add_kind("Huffman tables of its own", {.optimised = true}, "as_sent", "transcoded");
  add_kind("restart markers", {.restart_rows = 1}, "as_sent", "transcoded");
  add_kind("progressive", {.progressive = true}, "as_sent", "transcoded");
  add_kind("scans that are not interleaved", {.separate_scans = true}, "as_sent", "transcoded");
  add_kind("arithmetic coding", {.arithmetic = true}, "transcoded", "transcoded");
  add_kind("RGB", {.across = 1, .down = 1, .rgb = true}, "as_sent", "composed");
  add_kind("CMYK", {}, "composed", "composed", 4);
  add_kind("YCCK", {.ycck = true}, "composed", "composed", 4);

  const auto base = jpeg_of(colours), sibling = jpeg_of(others);
  const auto add = [&](const std::string& name, std::string file, const char* alone, const char* together) {
    corpus.push_back({name, std::move(file), sibling, alone, together});
  };
  add("another quality", jpeg_of(colours, {.quality = 60}), "as_sent", "transcoded");
  add("mirrored by EXIF", jpeg_with_exif(base, exif_block(2)), "transcoded", "transcoded");
  add("turned by EXIF", jpeg_with_exif(base, exif_block(3)), "transcoded", "transcoded");
  add("EXIF with a thumbnail", jpeg_with_exif(base, exif_block(1) + jpeg_of(gradient(16, 16, 3))), "as_sent",
      "spliced");
  add("two images in one file", base + sibling, "as_sent", "spliced");
  add("garbage behind the end", base + "garbage" + std::string(100, '\xFF'), "as_sent", "spliced");
  add("a restart interval of 0", std::string{base}.insert(2, "\xFF\xDD\x00\x04\x00\x00"s), "as_sent", "spliced");
  add("fill bytes before the end marker", std::string{base}.insert(base.size() - 2, 3, '\xFF'), "as_sent", "spliced");
  add("no end marker", base.substr(0, base.size() - 2), "composed", "composed");
  add("half a scan", base.substr(0, base.size() / 2 + header_of(base).back().end / 2), "none", "composed");
  const auto scan = header_of(base).back().end;
  add("an end marker within the scan", std::string{base}.insert(scan + 40, "\xFF\xD9"), "none", "composed");
  add("a second scan within the first", std::string{base}.insert(scan + 40, "\xFF\xDA"), "none", "composed");
  // Nobody can tell them from what damage leaves over.
  add("stray bytes before the end marker", std::string{base}.insert(base.size() - 2, 200, 'x'), "composed", "composed");
  add("half of the scan left out", std::string{base}.erase(scan + 40, 60), "none", "composed");
  const auto parts = header_of(base);
  for (const auto& p : parts) {
    add("truncated before " + name_of(p), base.substr(0, p.begin), "refused", "");
    add("truncated within " + name_of(p), base.substr(0, p.begin + 3), "refused", "");
    add("fill bytes before " + name_of(p), std::string{base}.insert(p.begin, 3, '\xFF'), "as_sent", "spliced");
    add("a length of 0 in " + name_of(p), with_length(base, p, 0), "refused", "");
    add("a length of 1 in " + name_of(p), with_length(base, p, 1), "refused", "");
    add("a length beyond the file in " + name_of(p), with_length(base, p, 0xFFFF), "refused", "");
  }
  return corpus;
}

} // namespace glyphgate::vision::test
