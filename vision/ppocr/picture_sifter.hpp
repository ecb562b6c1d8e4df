#pragma once

#include "core/sieve.hpp"
#include "vision/decode/raster.hpp"
#include "vision/ppocr/ppocr_recogniser.hpp"
#include "vision/ppocr/same_text.hpp"

#include <cstddef>
#include <optional>

namespace glyphgate::vision {

/// Decides which pictures of a list need not travel: `core/sieve.hpp`. Given them one after the other.
class picture_sifter {
public:
  /// ppocr is ready, and outlives it.
  picture_sifter(ppocr_recogniser& ppocr, const sieve_options& options) : ppocr_{ppocr}, options_{options} {}

  /// The next picture, with its position in the list. A picture that cannot be looked at travels.
  sieve_verdict look(std::size_t position, const raster& pixels);

private:
  /// The latest picture with text that repeats none.
  struct leader {
    std::size_t position = 0;
    text_print print;
  };

  ppocr_recogniser& ppocr_;
  const sieve_options options_;
  std::optional<leader> leader_;
};

} // namespace glyphgate::vision
