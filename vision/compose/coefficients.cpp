#include "vision/compose/coefficients.hpp"

#include <algorithm>
#include <new>
#include <numeric>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr std::size_t most_coefficient_bytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t most_blocks = most_coefficient_bytes / (DCTSIZE2 * sizeof(JCOEF));

} // namespace

std::uint32_t coefficient_layout::mcu_width() const {
  std::uint32_t most = 1;
  for (std::size_t c = 0; c < component_count; ++c)
    most = std::max(most, components[c].across);
  return most * DCTSIZE;
}

std::uint32_t coefficient_layout::mcu_height() const {
  std::uint32_t most = 1;
  for (std::size_t c = 0; c < component_count; ++c)
    most = std::max(most, components[c].down);
  return most * DCTSIZE;
}

bool coefficient_reader::start(std::string_view bytes, const picture_info& info) {
  if (setjmp(escape_))
    return false;
  read_header(bytes, info);
  return true;
}

void coefficient_reader::read_header(std::string_view bytes, const picture_info& info) {
  set_turn(info.orientation);
  open(bytes, transposed_ ? info.height : info.width, transposed_ ? info.width : info.height);
  const auto colour = decompressor_.jpeg_color_space;
  if (!(decompressor_.num_components == 1 && colour == JCS_GRAYSCALE) &&
      !(decompressor_.num_components == 3 && colour == JCS_YCbCr))
    fail("its colours are of another kind");

  layout_.component_count = static_cast<std::size_t>(decompressor_.num_components);
  std::uint32_t common_across = 0, common_down = 0;
  for (std::size_t c = 0; c < layout_.component_count; ++c) {
    const auto& stored = decompressor_.comp_info[c];
    auto& component = layout_.components[c];
    component.across = static_cast<std::uint32_t>(stored.h_samp_factor);
    component.down = static_cast<std::uint32_t>(stored.v_samp_factor);
    common_across = std::gcd(common_across, component.across);
    common_down = std::gcd(common_down, component.down);
    if (stored.quant_tbl_no < 0 || stored.quant_tbl_no >= NUM_QUANT_TBLS ||
        decompressor_.quant_tbl_ptrs[stored.quant_tbl_no] == nullptr)
      fail("it lacks a quantisation table");
    const auto* steps = decompressor_.quant_tbl_ptrs[stored.quant_tbl_no]->quantval;
    for (std::size_t i = 0; i < DCTSIZE2; ++i) {
      component.steps[i] = steps[places_[i]];
      if (component.steps[i] == 0)
        fail("its quantisation table is damaged");
    }
  }
  std::uint32_t blocks = 0;
  for (std::size_t c = 0; c < layout_.component_count; ++c) {
    auto& component = layout_.components[c];
    component.across /= common_across;
    component.down /= common_down;
    blocks += component.across * component.down;
  }
  // Files with a scan for each component may have more.
  if (blocks > C_MAX_BLOCKS_IN_MCU)
    fail("its MCUs are too large for one scan");

  const auto mcu_width = layout_.mcu_width(), mcu_height = layout_.mcu_height();
  if ((from_right_ && decompressor_.image_width % mcu_width != 0) ||
      (from_bottom_ && decompressor_.image_height % mcu_height != 0))
    fail("a part of an MCU would come first");
  for (std::size_t c = 0; c < layout_.component_count; ++c) {
    auto& component = layout_.components[c];
    if (mcu_width % (component.across * DCTSIZE) != 0 || mcu_height % (component.down * DCTSIZE) != 0)
      fail("libjpeg does not decode its sampling factors");
    const auto& stored = decompressor_.comp_info[c];
    planes_[c].columns = planes_[c].upright_columns = stored.width_in_blocks;
    planes_[c].rows = planes_[c].upright_rows = stored.height_in_blocks;
    if (transposed_) {
      std::swap(component.across, component.down);
      std::swap(planes_[c].upright_columns, planes_[c].upright_rows);
    }
  }
}

void coefficient_reader::set_turn(std::uint8_t orientation) {
  turned_ = orientation >= 2 && orientation <= 8;
  transposed_ = orientation >= 5 && orientation <= 8;
  // As in upright() of rasters.
  from_right_ = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  from_bottom_ = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (std::size_t row = 0; row < DCTSIZE; ++row)
    for (std::size_t column = 0; column < DCTSIZE; ++column) {
      const auto stored_row = transposed_ ? column : row, stored_column = transposed_ ? row : column;
      const auto at = row * DCTSIZE + column;
      places_[at] = static_cast<std::uint8_t>(stored_row * DCTSIZE + stored_column);
      // Cosines of an odd number of half waves change their sign when they are mirrored.
      const bool negative = (from_right_ && stored_column % 2 == 1) != (from_bottom_ && stored_row % 2 == 1);
      signs_[at] = negative ? -1 : 1;
    }
}

bool coefficient_reader::read() {
  std::size_t blocks = 0;
  for (std::size_t c = 0; c < layout_.component_count; ++c)
    blocks += std::size_t{planes_[c].columns} * planes_[c].rows;
  if (blocks > most_blocks)
    return false;
  if (setjmp(escape_))
    return false;
  read_all();
  return true;
}

void coefficient_reader::read_all() {
  auto* const arrays = jpeg_read_coefficients(&decompressor_);
  // The decoder of pixels stops after the one scan that it expects.
  if (!jpeg_has_multiple_scans(&decompressor_) && decompressor_.input_scan_number > 1)
    fail("it has more scans than one");
  const auto common = reinterpret_cast<j_common_ptr>(&decompressor_);
  for (std::size_t c = 0; c < layout_.component_count; ++c) {
    // The decoder of pixels makes up for what a progressive file never tells.
    if (decompressor_.progressive_mode && std::any_of(decompressor_.coef_bits[c], decompressor_.coef_bits[c] + DCTSIZE2,
                                                      [](int missing) { return missing != 0; }))
      fail("its coefficients are not complete");
    // A table may be defined anew between two scans.
    const auto* table = decompressor_.comp_info[c].quant_table;
    if (table == nullptr)
      fail("it lacks a component");
    for (std::size_t i = 0; i < DCTSIZE2; ++i)
      if (table->quantval[places_[i]] != layout_.components[c].steps[i])
        fail("its quantisation tables change");
    auto& into = planes_[c];
    into.stored =
        static_cast<JBLOCKROW*>(decompressor_.mem->alloc_large(common, JPOOL_IMAGE, into.rows * sizeof(JBLOCKROW)));
    for (std::uint32_t row = 0; row < into.rows; ++row)
      into.stored[row] = *decompressor_.mem->access_virt_barray(common, arrays[c], row, 1, FALSE);
  }
}

void coefficient_reader::scan_begins() {
  if (!decompressor_.arith_code && !is_scan_sound())
    fail("its codes are damaged");
}

bool coefficient_reader::is_scan_sound() {
  try {
    lost_rows lost{decompressor_.image_height};
    const auto found = checker_.check(decompressor_, bytes_left(), lost);
    return !found.cut && !found.damaged;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

const JCOEF* coefficient_reader::block(std::size_t component, std::uint32_t row, std::uint32_t column) {
  const auto& from = planes_[component];
  if (!turned_)
    return from.stored[row][column];
  if (transposed_)
    std::swap(row, column);
  if (from_bottom_)
    row = from.rows - 1 - row;
  if (from_right_)
    column = from.columns - 1 - column;
  const auto* stored = from.stored[row][column];
  for (std::size_t i = 0; i < DCTSIZE2; ++i)
    turned_block_[i] = static_cast<JCOEF>(stored[places_[i]] * signs_[i]);
  return turned_block_.data();
}

} // namespace glyphgate::vision
