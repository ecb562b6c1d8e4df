#include "vision/decode/turn.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace glyphgate::vision {

namespace {

/// Whether the upright rows are columns as stored; whether its columns come from the right, and its rows from the
/// bottom.
bool is_transposed(std::uint8_t orientation) {
  return orientation >= 5 && orientation <= 8;
}
bool is_from_right(std::uint8_t orientation) {
  return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}
bool is_from_bottom(std::uint8_t orientation) {
  return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}

// So many rows become columns together: a few cache lines of each upright row, in little memory.
constexpr std::size_t columns_at_a_time = 64, most_column_bytes = std::size_t{1024} * 1024;

template <std::size_t Channels>
void mirror(std::uint8_t* row, std::uint32_t width) {
  auto* right = row + width * Channels;
  for (auto* left = row; right - left >= static_cast<std::ptrdiff_t>(2 * Channels); left += Channels) {
    right -= Channels;
    std::swap_ranges(left, left + Channels, right);
  }
}

/// Follows each cycle of the permutation, which takes a pixel at `i` to `i * height mod (count - 1)`; the first and the
/// last one stay.
template <std::size_t Channels>
void transpose(raster& picture) {
  using pixel = std::array<std::uint8_t, Channels>;
  const std::uint64_t height = picture.height, last = std::uint64_t{picture.width} * height - 1;
  auto* pixels = picture.pixels.data();
  const auto at = [&](std::uint64_t i) { return pixels + i * Channels; };
  std::vector<bool> moved(last + 1);
  for (std::uint64_t start = 1; start < last; ++start) {
    if (moved[start])
      continue;
    pixel carried;
    std::copy_n(at(start), Channels, carried.begin());
    auto i = start;
    do {
      i = i * height % last;
      std::swap_ranges(carried.begin(), carried.end(), at(i));
      moved[i] = true;
    } while (i != start);
  }
  std::swap(picture.width, picture.height);
}

void flip(raster& picture) {
  const auto row_bytes = static_cast<std::ptrdiff_t>(picture.row_bytes());
  const auto row = [&](std::uint32_t y) { return picture.pixels.begin() + y * row_bytes; };
  for (std::uint32_t y = 0; y < picture.height / 2; ++y)
    std::swap_ranges(row(y), row(y) + row_bytes, row(picture.height - 1 - y));
}

} // namespace

upright_builder::upright_builder(std::uint32_t width, std::uint32_t height, std::uint32_t channels,
                                 std::uint8_t orientation)
    : width_{width},
      height_{height},
      orientation_{orientation},
      made_{is_transposed(orientation) ? make_raster(height, width, channels) : make_raster(width, height, channels)} {
  if (is_transposed(orientation)) {
    const auto row_bytes = std::size_t{width} * channels;
    most_waiting_ = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(most_column_bytes / row_bytes, 1, std::min<std::size_t>(columns_at_a_time, height)));
    columns_.resize(most_waiting_ * row_bytes);
  }
}

std::uint8_t* upright_builder::next_row() {
  if (is_transposed(orientation_))
    return columns_.data() + waiting_ * std::size_t{width_} * made_.channels;
  const auto y = is_from_bottom(orientation_) ? height_ - 1 - placed_ : placed_;
  return made_.pixels.data() + y * made_.row_bytes();
}

void upright_builder::push_row() {
  if (is_transposed(orientation_)) {
    if (++waiting_ == most_waiting_ || placed_ + waiting_ == height_)
      made_.channels == 1 ? place_waiting<1>() : place_waiting<3>();
    return;
  }
  if (is_from_right(orientation_))
    mirror_row(next_row(), width_, made_.channels);
  ++placed_;
}

template <std::size_t Channels>
void upright_builder::place_waiting() {
  const auto row_bytes = width_ * Channels, made_row_bytes = made_.row_bytes();
  const bool from_bottom = is_from_bottom(orientation_), from_right = is_from_right(orientation_);
  const std::size_t left = from_bottom ? height_ - placed_ - waiting_ : placed_;
  // The stored row that becomes the leftmost of these columns, and the step to the next one.
  const auto* first = columns_.data() + (from_bottom ? (waiting_ - 1) * row_bytes : 0);
  const auto step = from_bottom ? -static_cast<std::ptrdiff_t>(row_bytes) : static_cast<std::ptrdiff_t>(row_bytes);
  for (std::uint32_t x = 0; x < width_; ++x) {
    const auto* from = first + x * Channels;
    auto* to = made_.pixels.data() + (from_right ? width_ - 1 - x : x) * made_row_bytes + left * Channels;
    for (std::uint32_t i = 0; i < waiting_; ++i, from += step)
      to = std::copy_n(from, Channels, to);
  }
  placed_ += waiting_;
  waiting_ = 0;
}

upright_view::upright_view(const raster& stored, std::uint8_t orientation)
    : width_{is_transposed(orientation) ? stored.height : stored.width},
      height_{is_transposed(orientation) ? stored.width : stored.height},
      pixel_bytes_{static_cast<std::ptrdiff_t>(stored.channels)} {
  const bool from_right = is_from_right(orientation), from_bottom = is_from_bottom(orientation);
  const auto row = static_cast<std::ptrdiff_t>(stored.row_bytes());
  const auto along_row = from_right ? -pixel_bytes_ : pixel_bytes_;
  const auto along_column = from_bottom ? -row : row;
  right_ = is_transposed(orientation) ? along_column : along_row;
  down_ = is_transposed(orientation) ? along_row : along_column;
  first_ = stored.pixels.data() + (from_right ? row - pixel_bytes_ : 0) + (from_bottom ? (stored.height - 1) * row : 0);
}

void upright_view::copy_row(std::uint32_t y, std::uint8_t* to) const {
  const auto* from = first_ + y * down_;
  if (right_ == pixel_bytes_) {
    std::copy_n(from, width_ * pixel_bytes_, to);
    return;
  }
  for (std::uint32_t x = 0; x < width_; ++x, from += right_)
    to = std::copy_n(from, pixel_bytes_, to);
}

void mirror_row(std::uint8_t* row, std::uint32_t width, std::uint32_t channels) {
  channels == 1 ? mirror<1>(row, width) : mirror<3>(row, width);
}

raster upright(raster stored, std::uint8_t orientation) {
  auto rows_mirrored = is_from_right(orientation), flipped = is_from_bottom(orientation);
  if (is_transposed(orientation)) {
    stored.channels == 1 ? transpose<1>(stored) : transpose<3>(stored);
    std::swap(rows_mirrored, flipped);
  }
  if (flipped)
    flip(stored);
  if (rows_mirrored)
    for (std::size_t y = 0; y < stored.height; ++y)
      mirror_row(stored.pixels.data() + y * stored.row_bytes(), stored.width, stored.channels);
  return stored;
}

} // namespace glyphgate::vision
