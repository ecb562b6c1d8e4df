#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// How a JPEG file is built (ITU-T T.81, annex B), read from its markers without decoding. Usable from any thread; safe
/// on hostile bytes. Views point into the file.
namespace glyphgate::vision::jpeg {

/// A component as the frame and the scan describe it.
struct component {
  std::uint8_t id = 0;
  /// Sampling factors, 1 to 4.
  std::uint8_t horizontal = 1;
  std::uint8_t vertical = 1;
  /// The numbers of its tables, 0 to 3.
  std::uint8_t quantisation = 0;
  std::uint8_t dc = 0;
  std::uint8_t ac = 0;

  bool operator==(const component&) const = default;
};

/// A Huffman table as DHT defines it: 16 counts of codes by length, and the symbols. Empty where it is not defined.
using huffman_definition = std::string_view;

/// A quantisation table of 8 bits: 64 values in zigzag order. Empty where it is not defined.
using quantisation_definition = std::string_view;

/// A baseline JPEG of one interleaved scan without restart markers, in grey or YCbCr: one that can be joined to others.
struct baseline {
  /// As stored, pixels, both ≥ 1.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// The first `component_count` of them: 1 or 3.
  std::array<component, 3> components{};
  std::uint8_t component_count = 0;
  std::array<quantisation_definition, 4> quantisation{};
  std::array<huffman_definition, 4> dc{};
  std::array<huffman_definition, 4> ac{};
  /// The entropy-coded bytes, zero bytes stuffed behind each 0xFF, without the fill bytes before the marker that ends
  /// them.
  std::string_view scan;

  /// Of a minimum coded unit, pixels: 8 times the largest sampling factor; 8 for one component.
  std::uint32_t mcu_width() const;
  std::uint32_t mcu_height() const;
  /// How many units lie side by side, and one above the other.
  std::uint32_t mcus_per_row() const;
  std::uint32_t mcu_rows() const;
};

/// The structure, up to the marker that ends the picture; what follows that is ignored. Nothing where the file is
/// damaged, cut short or of another kind: extended, progressive, lossless or arithmetic coding, several scans, restart
/// markers, RGB, CMYK, tables of 16 bits.
std::optional<baseline> read_baseline(std::string_view file);

/// Whether their scans can stand in one file: they have as many rows of units, and all is equal that the decoding
/// depends on.
bool can_join(const baseline& a, const baseline& b);

/// A digest of what `can_join` compares, never 0: equal where they can be joined, and hardly ever else.
std::uint64_t kin_of(const baseline& picture);

/// Whether the file has the markers of a whole JPEG that any decoder reads: Huffman coding of 8 bits, grey or colour in
/// three components, sequential or progressive, ended by its end marker.
bool is_common_and_whole(std::string_view file);

} // namespace glyphgate::vision::jpeg
