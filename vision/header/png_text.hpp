#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::vision::header {

/// A text of a PNG (PNG specification, 11.3.4), of which `text` may be compressed.
struct png_text {
  std::string_view keyword;
  std::string_view text;
  bool is_compressed = false;
};

/// The text in the data of a chunk of the type `type`, tEXt, zTXt or iTXt. Nothing for other types, for damaged ones
/// and for methods of compression that are not defined.
std::optional<png_text> read_png_text(std::string_view type, std::string_view data);

/// The first 256 KiB of the text, uncompressed; as much as there is before damage.
std::string beginning_of(const png_text& text);

/// The bytes of a profile as ImageMagick writes it under the keyword "Raw profile type …": a name and a length in lines
/// of their own, then hexadecimal digits. What follows the first character that is none is left out.
std::string raw_profile(std::string_view text);

} // namespace glyphgate::vision::header
