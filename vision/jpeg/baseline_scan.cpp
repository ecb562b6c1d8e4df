#include "vision/jpeg/baseline_scan.hpp"

#include "vision/bytes.hpp"

#include <algorithm>

namespace glyphgate::vision {

const std::array<std::uint8_t, block_size> zigzag{0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                                  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                                  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                                  58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

void huffman_table::set(jpeg::huffman_definition from) {
  // Pictures of one kind have the same tables.
  if (from == definition_)
    return;
  definition_ = from;
  entries_.fill({});
  std::uint32_t code = 0;
  std::size_t symbol = 0;
  for (std::size_t length = 1; length <= longest_code; ++length, code <<= 1) {
    first_[length] = static_cast<std::int32_t>(symbol) - static_cast<std::int32_t>(code);
    for (unsigned i = 0; i < u8(from, length - 1); ++i, ++code, ++symbol) {
      symbols_[symbol] = u8(from, longest_code + symbol);
      if (length <= look_ahead) {
        const auto size = static_cast<std::uint8_t>(symbols_[symbol] & 15);
        const auto others = look_ahead - length;
        std::fill_n(entries_.begin() + (code << others), 1 << others,
                    entry{static_cast<std::uint8_t>(symbols_[symbol] >> 4), size, static_cast<std::uint8_t>(length),
                          static_cast<std::uint8_t>(length + size)});
      }
    }
    last_[length] = code;
  }
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

void baseline_scan::start(const jpeg::baseline& file) {
  count_ = file.component_count;
  for (std::size_t c = 0; c < count_; ++c) {
    const auto& from = file.components[c];
    components_[c] = {from.horizontal, from.vertical, from.dc, from.ac};
    dc_tables_[from.dc].set(file.dc[from.dc]);
    ac_tables_[from.ac].set(file.ac[from.ac]);
  }
  mcus_across_ = file.mcus_per_row();
  mcus_down_ = file.mcu_rows();
  take_scan(file.scan);
}

/// Copies it without stuffed bytes: a zero behind each 0xFF.
void baseline_scan::take_scan(std::string_view bytes) {
  constexpr char marker = '\xFF';
  if (bytes_.size() < bytes.size() + room_behind)
    bytes_.resize(bytes.size() + room_behind);
  auto to = bytes_.begin();
  while (!bytes.empty()) {
    const auto found = std::min(bytes.find(marker), bytes.size() - 1) + 1;
    to = std::copy_n(bytes.begin(), found, to);
    const bool is_stuffed = bytes[found - 1] == marker;
    bytes.remove_prefix(std::min(found + (is_stuffed ? 1 : 0), bytes.size()));
  }
  size_ = static_cast<std::size_t>(to - bytes_.begin());
  std::fill_n(to, room_behind, static_cast<unsigned char>(0));
}

} // namespace glyphgate::vision
