#include "vision/ppocr/line_reader.hpp"

#include "vision/ppocr/line_input.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace glyphgate::vision {

namespace {

// The model's columns are this wide, and it reads narrower lines worse.
constexpr std::uint32_t column_width = 8, least_width = 320;

} // namespace

std::variant<std::vector<read_character>, std::string>
line_reader::read_piece(const raster& pixels, const quad& corners, std::uint32_t line_width, std::uint32_t first,
                        std::uint32_t width) {
  const auto padded = std::max(least_width, (width + column_width - 1) / column_width * column_width);
  auto values = line_input(cut_line(pixels, corners, line_width, first, width), padded);
  const std::array<std::int64_t, 4> shape{1, 3, line_height, padded};
  const auto result = model_.run(shape, values);
  if (const auto* error = std::get_if<std::string>(&result))
    return *error;
  const auto& columns = std::get<tensor>(result);
  if (columns.shape.size() != 3 || columns.shape[0] != 1 || columns.shape[1] < 1 ||
      columns.shape[2] != static_cast<std::int64_t>(characters_.size()))
    return std::string{"the recogniser's classes are not those of keys.txt"};
  auto read = read_columns(columns.values, characters_);
  const float pixels_a_column = static_cast<float>(padded) / static_cast<float>(columns.shape[1]);
  for (auto& one : read)
    one.centre = static_cast<float>(first) + one.centre * pixels_a_column;
  return read;
}

std::variant<std::vector<read_character>, std::string> line_reader::read(const raster& pixels, const quad& corners,
                                                                         std::uint32_t line_width) {
  std::vector<read_character> all;
  std::uint32_t first = 0;
  while (true) {
    const auto width = std::min(line_width - first, longest_piece);
    auto piece = read_piece(pixels, corners, line_width, first, width);
    if (std::holds_alternative<std::string>(piece))
      return piece;
    const auto& read = std::get<std::vector<read_character>>(piece);
    const bool is_last = first + width == line_width;
    const auto border = static_cast<float>(is_last ? line_width : first + width - piece_margin);
    const auto left_over =
        is_last ? read.end() : std::ranges::find_if(read, [&](const auto& one) { return one.centre >= border; });
    all.insert(all.end(), read.begin(), left_over);
    if (is_last)
      return all;
    // Between the last character that is kept and the first that is left over, where both are there.
    auto next = border;
    if (left_over != read.end() && left_over != read.begin())
      next = (std::prev(left_over)->centre + left_over->centre) / 2;
    else if (!all.empty())
      all.back().space_after = true;
    first = static_cast<std::uint32_t>(std::min(next, border));
  }
}

} // namespace glyphgate::vision
