#pragma once

#include "core/error.hpp"
#include "core/picture.hpp"
#include "core/recognition.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Many pictures in one: stacked from the top, each at the left edge, plain rows between two of them. What is right of
/// a picture narrower than the montage has the same colour: seams and margins are one plain area, without a line in it
/// that could be read as a stroke. Usable from any thread.
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

/// The level of plain rows and margins, in each of red, green and blue.
constexpr std::uint8_t plain_level = 220;

/// What is to be said of a picture.
struct picture_note {
  std::size_t picture = 0;
  /// For the client to read.
  std::string text;
};

/// The size of a montage in pixels; wide enough for any sum.
struct montage_size {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

montage_size montage_size_of(const std::vector<picture>& pictures);

/// What a montage may measure, pixels.
struct montage_bounds {
  std::uint64_t height = 0;
  std::uint64_t pixels = 0;
};

/// What an engine takes.
struct montage_limits {
  montage_bounds bounds;
  /// Of the file.
  std::size_t bytes = 0;
};

/// Whether a montage of that size may be made: within the bounds, and within what a JPEG can have.
bool keeps(const montage_size& size, const montage_bounds& bounds);

/// How a montage was made, the best way first. What is read in it does not depend on it.
enum class montage_way : std::uint8_t {
  /// One JPEG travels as the client sent it.
  as_sent,
  /// The compressed rows of JPEGs that agree in everything were joined.
  spliced,
  /// Their DCT coefficients were coded anew.
  transcoded,
  /// Their pixels were.
  composed,
};

/// "as_sent", "spliced", …
std::string_view to_string(montage_way way);

/// Pictures in one JPEG file, which is its parts one behind the other: the pictures' own bytes where they are joined
/// as they are.
struct montage {
  montage_way way = montage_way::composed;
  /// The JPEG quality of a composed one; 0 where the quantisation is the pictures' own.
  int quality = 0;
  std::vector<held_bytes> parts;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// From the top; of every picture that takes up rows.
  std::vector<placement> placements;
  /// Why a picture cannot be read, by picture. What is read in the rows of such a one,
  /// which may hold the beginning of it, is dropped.
  std::vector<picture_note> unplaced;
  /// What is missing of a picture that can be read as far as it goes, by picture.
  std::vector<picture_note> incomplete;
  /// The file would be larger than it may be, whatever was tried: there are no parts, and nothing is placed.
  bool too_large = false;

  /// Of the file, bytes.
  std::size_t size() const;
};

/// The montage of one picture that travels in its own file.
montage sent_as_it_is(const picture_info& info, held_bytes file);

/// Why there is no montage.
struct no_montage {
  /// For the client to read; empty where it was stopped.
  std::string detail;
  /// It would have more rows or pixels than it may.
  bool too_many_pixels = false;
  /// What is to blame: request_rejected, the pictures or their number; internal, the service.
  ec code = ec::request_rejected;
};

/// A montage, or why there is none.
using made_montage = std::variant<montage, no_montage>;

/// Whether it is within the limits.
bool keeps(const montage& made, const montage_limits& limits);

/// Gives what was read in a montage back to its pictures, in their order: one recognition a placement. A symbol belongs
/// to the picture that its box's centre lies in, on a seam to the nearer one (the upper one from the middle). Words,
/// lines, paragraphs and blocks that hold symbols of several pictures are parted: each part is what its symbols make
/// it. Boxes become relative to their picture and are clipped to it. Where the picture changes from one symbol to the
/// next, the line of the former ends, whatever break it has; a hyphen stays one. Takes time linear in symbols and
/// logarithmic in pictures; `placements` must hold one at least.
std::vector<recognition> split_by_picture(recognition read, const std::vector<placement>& placements);

} // namespace glyphgate::vision
