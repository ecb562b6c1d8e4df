#pragma once

#include "vision/jpeg/structure.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace glyphgate::vision::jpeg {

/// Up to 32 bits, the first one the highest of the `length` low ones.
struct bit_string {
  std::uint32_t bits = 0;
  std::uint32_t length = 0;
};

/// The codes of a Huffman table (T.81, annex C). Made of a table that was read by `read_baseline`, which has checked
/// it.
class huffman_codes {
public:
  explicit huffman_codes(huffman_definition table);

  std::optional<bit_string> of(std::uint8_t symbol) const;

  struct decoded {
    std::uint8_t symbol = 0;
    std::uint32_t length = 0;
  };
  /// The symbol whose code begins `window`, which holds the next 32 bits.
  std::optional<decoded> decode(std::uint32_t window) const;

private:
  /// By symbol; of length 0 where it has none.
  std::array<bit_string, 256> codes_{};
  /// By length: the first code, and where its symbol is in the definition.
  struct codes_of_length {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::size_t symbols_at = 0;
  };
  std::array<codes_of_length, 17> levels_{};
  huffman_definition table_;
};

/// How many bits a value takes behind the symbol that says so: its category (T.81, tables F.1 and F.2).
std::uint32_t category_of(int value);

/// The bits of a value of that category: a negative one is what is below it, in ones' complement.
bit_string bits_of(int value);

/// The value of `category` bits: the reverse of `bits_of` (T.81, F.2.2.1: EXTEND).
int extended(std::uint32_t bits, std::uint32_t category);

} // namespace glyphgate::vision::jpeg
