#include "vision/decode/top_down_rows.hpp"

#include "vision/decode/stored_picture.hpp"
#include "vision/montage.hpp"

#include <algorithm>

namespace glyphgate::vision {

std::string missing_rows(std::string_view which, std::uint32_t missing, std::uint32_t height) {
  return "the " + std::string{which} + " " + std::to_string(missing) + " of " + std::to_string(height) + " rows " +
         (missing == 1 ? "is" : "are") + " missing";
}

void fill_plain(std::uint8_t* row, std::size_t bytes) {
  std::fill_n(row, bytes, plain_level);
}

std::optional<picture_refusal> top_down_rows::next(std::uint8_t* row) {
  if (!there_ && !read(y_, row)) {
    if (!are_enough_rows(y_, height_))
      return undecodable(format_, "it is cut short or damaged in row " + std::to_string(y_ + 1) + " of " +
                                      std::to_string(height_));
    there_ = y_;
  }
  if (there_)
    fill_plain(row, std::size_t{width_} * channels_);
  ++y_;
  return std::nullopt;
}

std::string top_down_rows::warning() const {
  return there_ ? missing_rows("last", height_ - *there_, height_) : std::string{};
}

} // namespace glyphgate::vision
