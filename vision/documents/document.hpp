#pragma once

#include "core/recognition.hpp"
#include "vision/documents/page_selection.hpp"
#include "vision/picture_refusal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What is known of a document, a PDF, before any of its pages is drawn.
namespace glyphgate::vision {

/// Dots an inch that a page may be drawn with.
constexpr std::uint32_t least_dpi = 72, usual_dpi = 200, most_dpi = 600;

/// A page without so many characters of text is read even by who prefers a document's own text: it may be a scan with a
/// stamp on it.
constexpr std::size_t least_text = 32;

/// What is asked of a document.
struct document_request {
  page_selection pages;
  std::uint32_t dpi = usual_dpi;
  /// Also the text that the pages hold.
  bool text = false;
  /// No more pages may be meant.
  std::uint32_t most_pages = 500;
};

/// A JPEG that lies in the document's file, and is all that a page shows.
struct page_scan {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  /// How it is to be turned, as an EXIF orientation: 1, 3, 6 or 8. What the JPEG's own EXIF says does not count.
  std::uint8_t orientation = 1;
};

/// A page that was asked for.
struct document_page {
  /// From 1.
  std::uint32_t number = 1;
  /// Upright, at the density that was asked for, pixels, both ≥ 1: what `open_pdf` draws. Whatever is larger is told as
  /// `largest_page_side`.
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  std::optional<page_scan> scan{};
  /// The text that it holds, where it was asked for and is some; boxes lie within the page's pixels.
  std::shared_ptr<const recognition> text{};
  /// Why it cannot be drawn, for the client to read; empty where it can.
  std::string error{};
};

/// More than any picture may have.
constexpr std::uint32_t largest_page_side = 10'000'000;

/// What was found in a document.
struct document_facts {
  /// How many it has.
  std::uint32_t pages = 0;
  /// Those that are meant, in their order. None where more are meant than may be, or some that it does not have.
  std::vector<document_page> chosen;
};

/// Or why nothing was.
using looked_at_document = std::variant<document_facts, picture_refusal>;

/// Whether a file says that it is a PDF: readers accept its mark somewhere in the first 1024 bytes. A picture that has
/// the mark there, say in its EXIF, is a picture.
bool is_pdf(std::string_view bytes);

/// The refusal of a request that means pages which a file of so many does not have, or too many. `unit` names what has
/// the pages, e.g. "the PDF".
std::optional<picture_refusal> refuse_pages(const document_request& asked, std::uint32_t pages, std::string_view unit);

} // namespace glyphgate::vision
