#pragma once

#include "vision/decode/raster.hpp"
#include "vision/ppocr/character_set.hpp"
#include "vision/ppocr/ctc.hpp"
#include "vision/ppocr/geometry.hpp"
#include "vision/ppocr/onnx_session.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// What the recogniser looks at at once, pixels of a line that is 48 high. A longer line is read in pieces, from the
/// left to the right. What is read in the last `piece_margin` of a piece is left to the next one, which begins between
/// two characters.
inline constexpr std::uint32_t longest_piece = 2400, piece_margin = 96;

/// Reads lines with PP-OCRv4's recogniser, one at a time: beside others, and laid out to their width, a line would be
/// read a little differently.
class line_reader {
public:
  line_reader(onnx_session model, character_set characters)
      : model_{std::move(model)},
        characters_{std::move(characters)} {}

  /// The characters of a line, with their centres in pixels of the line, which is `line_width` wide. The error, for
  /// people to read, where the model fails.
  std::variant<std::vector<read_character>, std::string> read(const raster& pixels, const quad& corners,
                                                              std::uint32_t line_width);

  const character_set& characters() const { return characters_; }

private:
  std::variant<std::vector<read_character>, std::string> read_piece(const raster& pixels, const quad& corners,
                                                                    std::uint32_t line_width, std::uint32_t first,
                                                                    std::uint32_t width);

  onnx_session model_;
  character_set characters_;
};

} // namespace glyphgate::vision
