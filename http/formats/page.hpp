#pragma once

#include "core/job.hpp"
#include "core/reading/text_layout.hpp"
#include "core/recognition.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::http {

/// A picture of a job as documents show it. Belongs to the job's result, which must outlive it.
struct page {
  /// From 0, in the document.
  std::size_t number = 0;
  /// What the client calls the picture.
  std::string_view name;
  /// Empty where the picture failed.
  const recognition& read;
  text_layout layout;
  /// Why the picture was not read; empty where it was.
  std::string_view error;
  /// What was missing of it; empty where nothing was.
  std::string_view warning;
  /// Of the upright picture, pixels. 0 where the picture failed before its size was known.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// The size is the reading's, else what is known of the picture, else the hull of its text.
page page_of(const picture_result& of, std::size_t number);

/// Positions that follow each other, for a loop.
class positions {
public:
  class iterator {
  public:
    explicit iterator(std::size_t at) : at_{at} {}
    std::size_t operator*() const { return at_; }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const iterator&) const = default;

  private:
    std::size_t at_;
  };

  explicit positions(child_range range) : range_{range} {}
  iterator begin() const { return iterator{range_.begin}; }
  iterator end() const { return iterator{range_.end}; }

private:
  child_range range_;
};

/// The children of the unit at position `i` of its level, as positions in the level below.
inline positions children(const std::vector<text_unit>& level, std::size_t i) {
  return positions{children_of(level, i)};
}

/// All units of a level.
inline positions all_of(const std::vector<text_unit>& level) {
  return positions{{0, level.size()}};
}

/// Its symbols; and the hyphen that ends a line within it.
std::string text_of_word(const page& p, std::size_t word);
/// Without that hyphen.
std::string symbols_of_word(const page& p, std::size_t word);
bool ends_with_hyphen(const page& p, std::size_t word);
/// Whether a space follows.
bool has_space_after(const page& p, std::size_t word);
/// The line's words, with spaces as they follow.
std::string text_of_line(const page& p, std::size_t line);

/// What of the box lies in the picture; no smaller than a pixel.
bounding_box inside(const page& p, const bounding_box& box);
bounding_quad inside(const page& p, const bounding_quad& quad);

/// Whether the text runs from right to left: its first letter that has a direction does.
bool runs_right_to_left(std::string_view text);

/// The language that an engine is surest of for a unit, empty where it told none.
std::string_view language_of(const page& p, const text_unit& unit);

/// A language's code as XML can have it (xsd:language), empty where it is none.
std::string_view language_tag(std::string_view code);

/// How far text is turned, degrees clockwise, above -180 and up to 180: the direction of its first side.
double angle_of(const bounding_quad& quad);

/// Between its first side and its last, pixels.
double height_of(const bounding_quad& quad);
double width_of(const bounding_quad& quad);

} // namespace glyphgate::http
