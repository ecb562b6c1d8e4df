#pragma once

#include "vision/documents/document.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace glyphgate::vision {

/// Finds the pages of a PDF that are scans: one JPEG over the whole page, and nothing else. Looks with qpdf: only in a
/// reader's process. Of a file that is damaged or encrypted it finds none.
class scanned_pages {
public:
  /// The bytes must outlive it.
  explicit scanned_pages(std::string_view bytes);
  ~scanned_pages();

  /// The JPEG of the page, from 0, which lies in the bytes as it is: 8 bits, grey or RGB, without mask or other levels.
  std::optional<page_scan> find(std::uint32_t page);

private:
  struct document;

  std::string_view bytes_;
  std::unique_ptr<document> document_;
};

} // namespace glyphgate::vision
