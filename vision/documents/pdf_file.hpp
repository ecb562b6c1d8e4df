#pragma once

#include "core/recognition.hpp"
#include "vision/decode/raster.hpp"
#include "vision/picture_refusal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// A PDF that poppler has opened: only in a reader's process. Pages are counted from 0. Used on one thread at a time.
class pdf_file {
public:
  /// The bytes must outlive it. Refuses, as invalid_picture, what cannot be opened: it is damaged, or needs a password.
  static std::variant<pdf_file, picture_refusal> open(std::string_view bytes);

  pdf_file(pdf_file&&) noexcept;
  pdf_file& operator=(pdf_file&&) noexcept;
  ~pdf_file();

  /// As many as it says; some may not be there.
  std::uint32_t pages() const;

  /// Of an upright page, in points, of which 72 are an inch: what its crop box shows, turned as the page says.
  struct page_size {
    double width = 0;
    double height = 0;
  };

  /// Nothing where the page is not there.
  std::optional<page_size> size_of(std::uint32_t page) const;

  /// The page on white, upright and so large: grey where nothing on it is coloured, else RGB. Nothing where it cannot
  /// be drawn.
  std::optional<raster> draw(std::uint32_t page, std::uint32_t width, std::uint32_t height) const;

  /// The text that the page holds, in the pixels of such a drawing. Null where it holds less than `least_text`, or what
  /// it holds is no text that can be read: its fonts do not say what their glyphs mean.
  std::shared_ptr<const recognition> text_of(std::uint32_t page, std::uint32_t width, std::uint32_t height) const;

private:
  struct document;
  explicit pdf_file(std::unique_ptr<document> opened);

  std::unique_ptr<document> document_;
};

} // namespace glyphgate::vision
