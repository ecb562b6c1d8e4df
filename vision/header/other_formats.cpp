#include "core/utf8.hpp"
#include "vision/bytes.hpp"
#include "vision/header/formats.hpp"

#include <algorithm>
#include <array>
#include <string>

using namespace std::string_view_literals;

namespace glyphgate::vision::header {

namespace {

constexpr auto supported =
    "supported are JPEG, PNG, WebP, GIF, BMP, TIFF, JPEG 2000, HEIC and AVIF, and PDF for jobs"sv;

struct known_format {
  std::size_t at;
  std::string_view signature;
  std::string_view name;
};

constexpr std::array known_formats{
    known_format{0, "\xFF\x0A"sv, "a JPEG XL"},
    known_format{4, "JXL \r\n"sv, "a JPEG XL"},
    known_format{0, "8BPS"sv, "a Photoshop document"},
    known_format{0, "gimp xcf"sv, "a GIMP document"},
    known_format{0, "\0\0\1\0"sv, "an icon (ICO)"},
    known_format{0, "\0\0\2\0"sv, "a cursor (CUR)"},
    known_format{0, "II\xBC"sv, "a JPEG XR"},
    known_format{0, "\x97JB2"sv, "a JBIG2"},
    known_format{0, "AT&TFORM"sv, "a DjVu document"},
    known_format{0, "%!PS"sv, "a PostScript document"},
    known_format{0, "\xC5\xD0\xD3\xC6"sv, "a PostScript document"},
    known_format{0, "v/1\1"sv, "an OpenEXR"},
    known_format{0, "#?RADIANCE"sv, "a Radiance HDR"},
    known_format{0, "\xD7\xCD\xC6\x9A"sv, "a Windows metafile"},
    known_format{40, " EMF"sv, "a Windows metafile"},
    known_format{0, "P1\n"sv, "a PBM"},
    known_format{0, "P2\n"sv, "a PGM"},
    known_format{0, "P3\n"sv, "a PPM"},
    known_format{0, "P4\n"sv, "a PBM"},
    known_format{0, "P5\n"sv, "a PGM"},
    known_format{0, "P6\n"sv, "a PPM"},
    known_format{0, "{\\rtf"sv, "an RTF document"},
    known_format{0, "PK\3\4"sv, "a ZIP archive or an office document"},
    known_format{0, "\xD0\xCF\x11\xE0"sv, "an office document"},
    known_format{0, "\x1F\x8B"sv, "a gzip archive"},
    known_format{4, "ftypcrx "sv, "a camera's raw picture"},
    known_format{4, "ftypqt  "sv, "a video"},
    known_format{4, "ftyp"sv, "a video, or of a kind that is not known"},
    known_format{0, "\x1A\x45\xDF\xA3"sv, "a video"},
    known_format{8, "AVI "sv, "a video"},
};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `word` is in lower case.
bool contains_ignoring_case(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

/// Whether bytes from a file's beginning look like text: UTF-8 without control characters but spaces and ends of lines.
bool is_text(std::string_view beginning) {
  // The last character may be cut.
  constexpr std::size_t longest_cut = 3;
  for (std::size_t cut = 0; cut < longest_cut && !beginning.empty() && !is_utf8(beginning); ++cut)
    beginning.remove_suffix(1);
  return !beginning.empty() && is_utf8(beginning) && std::ranges::none_of(beginning, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || byte == 0x7F;
  });
}

std::string_view name_of(std::string_view bytes) {
  for (const auto& known : known_formats)
    if (holds(bytes, known.at, known.signature.size()) && bytes.substr(known.at).starts_with(known.signature))
      return known.name;
  constexpr std::size_t looked_at = 1024;
  const auto beginning = bytes.substr(0, looked_at);
  if (!is_text(beginning))
    return "of no known kind";
  if (contains_ignoring_case(beginning, "<!doctype html") || contains_ignoring_case(beginning, "<html"))
    return "an HTML page";
  if (contains_ignoring_case(beginning, "<svg"))
    return "an SVG";
  return "a text";
}

} // namespace

picture_refusal other_format(std::string_view bytes) {
  // Readers of PDF accept its mark somewhere near the beginning.
  constexpr std::size_t pdf_mark_within = 1024;
  if (bytes.substr(0, pdf_mark_within).find("%PDF-") != std::string_view::npos)
    return unsupported("the file is a PDF, which is no image: post it to /ocr/jobs, where its pages are read; " +
                       std::string{supported});
  return unsupported("the file is " + std::string{name_of(bytes)} + "; " + std::string{supported});
}

} // namespace glyphgate::vision::header
