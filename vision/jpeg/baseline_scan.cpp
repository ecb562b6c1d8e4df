#include "vision/jpeg/baseline_scan.hpp"

#include <algorithm>

namespace glyphgate::vision {

const std::array<std::uint8_t, DCTSIZE2> zigzag{0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                                12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                                35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                                58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

bool huffman_table::set(const JHUFF_TBL* from, bool dc) {
  if (from == nullptr)
    return false;
  // Pictures of one kind have the same tables.
  const auto is_same = [&] {
    return set_ && dc == dc_ && std::ranges::equal(from->bits, bits_) && std::ranges::equal(from->huffval, symbols_);
  };
  if (is_same())
    return true;
  set_ = false;
  dc_ = dc;
  std::ranges::copy(from->bits, bits_.begin());
  entries_.fill({});
  std::uint32_t code = 0;
  std::size_t symbol = 0;
  for (std::size_t length = 1; length <= longest_code; ++length, code <<= 1) {
    first_[length] = static_cast<std::int32_t>(symbol) - static_cast<std::int32_t>(code);
    for (unsigned i = 0; i < from->bits[length]; ++i, ++code, ++symbol) {
      constexpr std::uint8_t largest_dc = 15;
      if (symbol >= symbols_.size() || code >= 1U << length || (dc && from->huffval[symbol] > largest_dc))
        return false;
      symbols_[symbol] = from->huffval[symbol];
      if (length <= look_ahead) {
        const auto size = static_cast<std::uint8_t>(symbols_[symbol] & 15);
        const auto others = look_ahead - length;
        std::fill_n(entries_.begin() + (code << others), 1 << others,
                    entry{static_cast<std::uint8_t>(symbols_[symbol] >> 4), size, static_cast<std::uint8_t>(length),
                          static_cast<std::uint8_t>(length + size)});
      }
    }
    last_[length] = code;
    // No code is all ones.
    if (code >= 1U << length)
      return false;
  }
  std::ranges::copy(from->huffval, symbols_.begin());
  set_ = true;
  return true;
}

huffman_table::entry huffman_table::look_further(std::uint32_t bits) const {
  for (int length = look_ahead + 1; length <= longest_code; ++length) {
    const auto code = bits >> (longest_code - length);
    const auto at = static_cast<std::size_t>(length);
    if (code < last_[at]) {
      const auto number = first_[at] + static_cast<std::int32_t>(code);
      const auto symbol = symbols_[static_cast<std::size_t>(number)];
      const auto size = static_cast<std::uint8_t>(symbol & 15);
      return {static_cast<std::uint8_t>(symbol >> 4), size, static_cast<std::uint8_t>(length),
              static_cast<std::uint8_t>(length + size)};
    }
  }
  return {};
}

bool baseline_scan::start(const jpeg_decompress_struct& header) {
  if (header.progressive_mode || header.arith_code || header.restart_interval != 0 || header.Ss != 0 ||
      header.Se != DCTSIZE2 - 1 || header.Ah != 0 || header.Al != 0 || header.comps_in_scan != header.num_components)
    return false;
  count_ = static_cast<std::size_t>(header.num_components);
  std::array<bool, NUM_HUFF_TBLS> has_dc{}, has_ac{};
  unsigned blocks = 0;
  for (std::size_t c = 0; c < count_; ++c) {
    const auto& from = header.comp_info[c];
    if (header.cur_comp_info[c] != &from || from.dc_tbl_no < 0 || from.dc_tbl_no >= NUM_HUFF_TBLS ||
        from.ac_tbl_no < 0 || from.ac_tbl_no >= NUM_HUFF_TBLS)
      return false;
    auto& made = components_[c];
    made = {static_cast<unsigned>(from.h_samp_factor), static_cast<unsigned>(from.v_samp_factor),
            static_cast<std::size_t>(from.dc_tbl_no), static_cast<std::size_t>(from.ac_tbl_no)};
    has_dc[made.dc] = has_dc[made.dc] || dc_tables_[made.dc].set(header.dc_huff_tbl_ptrs[made.dc], true);
    has_ac[made.ac] = has_ac[made.ac] || ac_tables_[made.ac].set(header.ac_huff_tbl_ptrs[made.ac], false);
    if (!has_dc[made.dc] || !has_ac[made.ac])
      return false;
    blocks += made.across * made.down;
  }
  if (count_ == 1) {
    // MCUs of one block, whatever the factors.
    components_[0].across = components_[0].down = 1;
    mcus_across_ = header.comp_info[0].width_in_blocks;
    mcus_down_ = header.comp_info[0].height_in_blocks;
  } else {
    if (blocks > D_MAX_BLOCKS_IN_MCU)
      return false;
    const auto width = static_cast<unsigned>(header.max_h_samp_factor * DCTSIZE);
    const auto height = static_cast<unsigned>(header.max_v_samp_factor * DCTSIZE);
    mcus_across_ = (header.image_width + width - 1) / width;
    mcus_down_ = (header.image_height + height - 1) / height;
  }
  return take_scan({reinterpret_cast<const char*>(header.src->next_input_byte), header.src->bytes_in_buffer});
}

/// Copies it without stuffed bytes, up to the end of the picture.
bool baseline_scan::take_scan(std::string_view bytes) {
  constexpr char marker = '\xFF', eoi = '\xD9';
  if (bytes_.size() < bytes.size() + room_behind)
    bytes_.resize(bytes.size() + room_behind);
  auto to = bytes_.begin();
  while (true) {
    const auto found = bytes.find(marker);
    if (found == std::string_view::npos || found + 1 == bytes.size())
      return false;
    to = std::copy_n(bytes.begin(), found, to);
    if (bytes[found + 1] == eoi)
      break;
    // A fill byte, of which any number may stand before a marker.
    if (bytes[found + 1] == marker) {
      bytes.remove_prefix(found + 1);
      continue;
    }
    if (bytes[found + 1] != 0)
      return false;
    *to++ = static_cast<unsigned char>(marker);
    bytes.remove_prefix(found + 2);
  }
  size_ = static_cast<std::size_t>(to - bytes_.begin());
  std::fill_n(to, room_behind, static_cast<unsigned char>(0));
  return true;
}

} // namespace glyphgate::vision
