#pragma once

#include "core/picture.hpp"
#include "vision/decode/jpeg_decompressor.hpp"
#include "vision/decode/jpeg_scan_check.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glyphgate::vision {

/// The steps of an 8 × 8 block's coefficients, row by row.
using quantisation_table = std::array<std::uint16_t, DCTSIZE2>;

/// What a JPEG's header tells of its coefficients, as they lie in the upright picture.
struct coefficient_layout {
  static constexpr std::size_t max_components = 3;

  struct component {
    /// Blocks in an MCU: the sampling factors in their lowest terms.
    std::uint32_t across = 1;
    std::uint32_t down = 1;
    quantisation_table steps{};
  };

  /// 1 is grey, 3 is YCbCr.
  std::size_t component_count = 1;
  std::array<component, max_components> components;

  /// Of an MCU, the smallest part in which all components have whole blocks. In pixels.
  std::uint32_t mcu_width() const;
  std::uint32_t mcu_height() const;
};

/// Reads the DCT coefficients of one picture, upright, in blocks. An untrusted file may hold anything: what the decoder
/// of pixels would refuse or make up is a failure.
class coefficient_reader final : public jpeg_decompressor {
public:
  /// First and once: reads the header. `info` is what `inspect` told of the same bytes. False where the file is
  /// damaged, or where its coefficients are of no use: it is neither grey nor YCbCr, or is turned in a way that brings
  /// a part of an MCU to the left or to the top.
  bool start(std::string_view bytes, const picture_info& info);

  const coefficient_layout& layout() const { return layout_; }
  bool turned() const { return turned_; }

  /// The size of a component in blocks, not counting those that only fill MCUs.
  std::uint32_t block_columns(std::size_t component) const { return planes_[component].upright_columns; }
  std::uint32_t block_rows(std::size_t component) const { return planes_[component].upright_rows; }

  /// Then, once: reads all coefficients, which takes two bytes each, 64 MiB at most. False where the file is damaged,
  /// or would take more.
  bool read();

  /// A block's coefficients, row by row; they may be read until the next call.
  const JCOEF* block(std::size_t component, std::uint32_t row, std::uint32_t column);

private:
  struct plane {
    // Of the picture as stored.
    std::uint32_t columns = 0, rows = 0;
    JBLOCKROW* stored = nullptr;
    std::uint32_t upright_columns = 0, upright_rows = 0;
  };

  void read_header(std::string_view bytes, const picture_info& info);
  void set_turn(std::uint8_t orientation);
  void read_all();
  void scan_begins() override;
  bool is_scan_sound();

  jpeg_scan_checker checker_;
  coefficient_layout layout_;
  std::array<plane, coefficient_layout::max_components> planes_;
  bool turned_ = false, transposed_ = false, from_right_ = false, from_bottom_ = false;
  /// Where an upright block's coefficients lie in the stored one, and with which sign.
  std::array<std::uint8_t, DCTSIZE2> places_{};
  std::array<JCOEF, DCTSIZE2> signs_{};
  std::array<JCOEF, DCTSIZE2> turned_block_{};
};

} // namespace glyphgate::vision
