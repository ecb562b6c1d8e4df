#pragma once

#include "http/uploads/upload.hpp"
#include "http/wire/problem.hpp"
#include "vision/documents/document.hpp"

#include <cstdint>
#include <vector>

namespace glyphgate::http {

/// What is to be read of a file that may have pages.
struct page_options {
  vision::page_selection pages;
  /// Of a PDF: how it is drawn, and whether what it holds as text is taken instead.
  std::uint32_t dpi = vision::usual_dpi;
  bool text = false;
};

/// What a client has said of pages; `otherwise` where it has said nothing. What is wrong with it is added to `errors`,
/// as of `image` and of fields whose names begin with `prefix`.
page_options read_page_options(const page_wishes& given, const page_options& otherwise, const image_label& image,
                               std::string_view prefix, std::vector<input_error>& errors);

} // namespace glyphgate::http
