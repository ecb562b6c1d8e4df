#pragma once

#include "vision/jpeg/huffman.hpp"
#include "vision/jpeg/structure.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glyphgate::vision::jpeg {

/// Codes a row of plain units in front of a picture's scan, in the same restart interval, without decoding the scan.
/// All that the row changes for the scan is the prediction of its first luminance value: that value's code, which the
/// scan begins with, is replaced. The row is made so long that the rest of the scan keeps its place within the byte,
/// and is copied as it is: runs of 16 zeros that nothing follows in their block (T.81, F.1.2.2: ZRL) add bits and
/// change no pixel.
class seam_coder {
public:
  /// For pictures that can be joined to this one, whose file must outlive the coder. Nothing where its tables lack a
  /// code that the row needs.
  static std::optional<seam_coder> make(const baseline& picture);

  /// What stands in place of the first bytes of a scan.
  struct head {
    /// Zero bytes stuffed.
    std::string bytes;
    /// How many bytes of the scan it replaces.
    std::size_t replaced = 0;
  };

  /// Nothing where the scan does not begin with a value that can be coded anew.
  std::optional<head> code(std::string_view scan) const;

private:
  /// Bits from the highest of the first byte on; those of the last byte that are not used are 0.
  struct bit_row {
    std::string bytes;
    std::size_t length = 0;

    void add(const bit_string& more);
  };

  explicit seam_coder(const baseline& picture);

  /// The code of a difference of luminance values.
  std::optional<bit_string> difference(int value) const;
  /// The row with that many zero runs in its luminance and in its chrominance blocks.
  bit_row row(std::uint32_t luminance_runs, std::uint32_t chrominance_runs) const;
  bool make_rows();

  baseline picture_;
  huffman_codes luminance_;
  /// Of the plain row, quantised.
  int level_;
  /// One for each length modulo 8.
  std::array<bit_row, 8> rows_;
};

} // namespace glyphgate::vision::jpeg
