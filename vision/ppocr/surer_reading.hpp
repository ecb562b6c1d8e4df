#pragma once

#include "core/recognition.hpp"

#include <functional>
#include <string_view>

/// Which of two engines' readings of one picture is to be taken. Pure. docs/ppocr.md has what was measured.
namespace glyphgate::vision {

/// Whether ppocr is so unsure of a character that another engine should read the picture too.
bool is_in_doubt(const recognition& by_ppocr);

/// Whether Tesseract is so sure of its reading that it is to be taken where ppocr is in doubt.
bool is_sure(const recognition& by_tesseract);

/// Whether Tesseract has read, and is not unsure of it, letters that ppocr has no class for, and so cannot have read.
bool has_letters_beyond(const recognition& by_tesseract, const std::function<bool(std::string_view)>& ppocr_knows);

} // namespace glyphgate::vision
