#pragma once

#include "core/picture.hpp"
#include "core/recognition.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// Many pictures in one: stacked from the top, each at the left edge, `separator_px` rows of RGB(220,220,220) between
/// two of them. What is right of a picture narrower than the montage has the same colour: seams and margins are one
/// plain area, without a line in it that could be read as a stroke. Usable from any thread.
namespace glyphgate::vision {

/// Where a picture lies in a montage.
struct placement {
  /// Its index among the composed pictures.
  std::size_t picture = 0;
  /// The montage's row that holds its first one.
  std::uint32_t top = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// A picture that could not be composed.
struct unplaced_picture {
  std::size_t picture = 0;
  /// For the client to read.
  std::string error;
};

/// The size of a montage in pixels; wide enough for any sum.
struct montage_size {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

montage_size montage_size_of(const std::vector<picture>& pictures);

/// Pictures composed into one JPEG of quality 95.
struct montage {
  struct free_memory {
    void operator()(unsigned char* memory) const { std::free(memory); }
  };

  std::unique_ptr<unsigned char, free_memory> bytes;
  std::size_t size = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// From the top; empty when no picture could be decoded: then there is no JPEG either.
  std::vector<placement> placements;
  std::vector<unplaced_picture> unplaced;

  std::string_view jpeg() const { return {reinterpret_cast<const char*>(bytes.get()), size}; }
};

/// Composes at least one picture; their montage's sides are at most `max_side_px`. Pictures are decoded one at a time
/// and their rows go straight to the encoder: at the peak it holds the largest picture's pixels and the JPEG. A picture
/// that cannot be decoded is left out, its place is plain. Nothing when it was stopped, which it notices before every
/// picture. Throws nothing but std::bad_alloc.
std::optional<montage> compose(const std::vector<picture>& pictures, const std::stop_token& stop = {});

/// Gives the symbols of a montage back to its pictures, in their order: one recognition a placement. A symbol belongs
/// to the picture that its box's centre lies in, on a seam to the nearer one (the upper one from the middle). Boxes
/// become relative to their picture and are clipped to it. Where the picture changes from one symbol to the next, the
/// line of the former ends, whatever break it has; a hyphen stays one. Takes time linear in symbols and logarithmic in
/// pictures; `placements` must hold one at least.
std::vector<recognition> split_by_picture(std::vector<symbol> symbols, const std::vector<placement>& placements);

} // namespace glyphgate::vision
