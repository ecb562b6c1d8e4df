#pragma once

#include "vision/bytes.hpp"
#include "vision/jpeg/structure.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// Reading the codes of the usual JPEG scan, several times as fast as libjpeg where the coefficients are wanted one by
/// one. Safe on hostile bytes.
/// T.81 (ISO/IEC 10918-1), annex F.2.2, with a look-up of several bits for the codes.
namespace glyphgate::vision {

/// Coefficients in a block of 8 × 8.
constexpr std::size_t block_size = 64;

/// Where the coefficients of a scan lie in a block: T.81, figure A.6.
extern const std::array<std::uint8_t, block_size> zigzag;

/// Bits of a scan whose stuffed bytes were taken out. Its owner sees to it that no more is read than there is room for.
class bit_reader {
public:
  bit_reader(const unsigned char* begin, const unsigned char* end) : at_{begin}, end_{end} {}

  /// At least 56 bits are there then.
  void refill() {
    std::uint64_t next = 0;
    std::memcpy(&next, at_, sizeof next);
    bits_ |= be64(next) >> count_;
    at_ += (63 - count_) / 8;
    count_ |= 56;
  }

  /// 1 to 32 bits, which stay.
  std::uint32_t look(int size) const { return static_cast<std::uint32_t>(bits_ >> (64 - size)); }

  /// The number that `size` bits after `skipped` ones stand for: T.81, figure F.12. 1 to 15 bits; no branch, as none
  /// could be foreseen.
  int number(int skipped, int size) const {
    const auto from = bits_ << skipped;
    const auto negative = static_cast<int>(from >> 63) - 1;
    return static_cast<int>(from >> (64 - size)) + (negative & (1 - (1 << size)));
  }

  void skip(int size) {
    bits_ <<= size;
    count_ -= size;
  }

  /// Whether no bits were taken that are not there, as far as can be told at once.
  bool plausible() const { return at_ <= end_ + sizeof(std::uint64_t); }

  /// Whether all bytes were taken, and nothing after them.
  bool exhausted() const {
    const auto left = 8 * (end_ - at_) + count_;
    return left >= 0 && left < 8;
  }

private:
  const unsigned char* at_;
  const unsigned char* end_;
  std::uint64_t bits_ = 0;
  int count_ = 0;
};

/// The codes of one Huffman table.
class huffman_table {
public:
  /// A symbol: so many coefficients are 0, and the number of `size` bits follows.
  struct entry {
    std::uint8_t run = 0;
    std::uint8_t size = 0;
    /// Bits of the code; 0 where there is no such code.
    std::uint8_t code = 0;
    /// And of the number.
    std::uint8_t all = 0;
  };

  /// `read_baseline` has checked that it is a code.
  void set(jpeg::huffman_definition from);

  /// What comes next in `bits`, of which there must be 32: a `bit_reader`, or what looks ahead as it does.
  template <class Bits>
  entry look(const Bits& bits) const {
    const auto found = entries_[bits.look(look_ahead)];
    return found.code > 0 ? found : look_further(bits.look(longest_code));
  }

private:
  static constexpr int look_ahead = 10, longest_code = 16;

  entry look_further(std::uint32_t bits) const;

  std::array<entry, 1 << look_ahead> entries_{};
  std::array<std::uint8_t, 256> symbols_{};
  /// What it was set from last.
  std::string definition_;
  // By length: where its first code's symbol is, less that code; the code after its last one.
  std::array<std::int32_t, longest_code + 1> first_{};
  std::array<std::uint32_t, longest_code + 1> last_{};
};

/// The one scan of a file of the usual kind: baseline, all components interleaved, no restart markers, at once followed
/// by the file's end. May be used again for the next file, with the memory that it has.
class baseline_scan {
public:
  /// The scan of that file, which is copied.
  void start(const jpeg::baseline& file);

  /// After a start, once. For every block, in the order of the scan: `block = to.begin(component, row, dc)`, calls of
  /// `block.ac(place, zeros, value)`, `to.end(block)`. `row` counts blocks. `place` is where in the block, row by row,
  /// the value lies, and so many places before it, in the scan's order, are 0. False where libjpeg would not decode the
  /// file to just these coefficients without a warning, and maybe where it would.
  template <class Blocks>
  bool read(Blocks& to) {
    bit_reader bits{bytes_.data(), bytes_.data() + size_};
    std::array<int, most_components> last_dc{};
    for (unsigned y = 0; y < mcus_down_; ++y)
      for (unsigned x = 0; x < mcus_across_; ++x)
        for (std::size_t c = 0; c < count_; ++c) {
          const auto& part = components_[c];
          for (unsigned down = 0; down < part.down; ++down)
            for (unsigned across = 0; across < part.across; ++across)
              if (!read_block(bits, c, y * part.down + down, last_dc[c], to))
                return false;
        }
    return bits.exhausted();
  }

private:
  static constexpr std::size_t most_components = 3, most_tables = 2;
  static constexpr int most_dc_bits = 11, most_ac_bits = 10;
  // More than a block has, so that one that begins before the end ends within.
  static constexpr std::size_t room_behind = 512;

  struct component {
    unsigned across = 0, down = 0;
    std::size_t dc = 0, ac = 0;
  };

  void take_scan(std::string_view bytes);

  template <class Blocks>
  bool read_block(bit_reader& bits, std::size_t c, unsigned row, int& last_dc, Blocks& to) {
    bits.refill();
    const auto difference = dc_tables_[components_[c].dc].look(bits);
    if (difference.code == 0 || difference.run > 0 || difference.size > most_dc_bits)
      return false;
    if (difference.size > 0)
      last_dc += bits.number(difference.code, difference.size);
    if (last_dc != static_cast<std::int16_t>(last_dc))
      return false;
    bits.skip(difference.all);
    auto block = to.begin(c, row, last_dc);

    const auto& table = ac_tables_[components_[c].ac];
    constexpr unsigned most_zeros = 15;
    unsigned skipped = 0;
    for (unsigned k = 1; k < block_size; ++k) {
      bits.refill();
      const auto found = table.look(bits);
      k += found.run;
      if (found.size == 0) {
        bits.skip(found.all);
        if (found.run == 0 && found.code > 0)
          break;
        if (found.run < most_zeros || k >= block_size)
          return false;
        skipped += most_zeros + 1;
        continue;
      }
      if (found.size > most_ac_bits || k >= block_size)
        return false;
      block.ac(zigzag[k], found.run + skipped, bits.number(found.code, found.size));
      skipped = 0;
      bits.skip(found.all);
    }
    to.end(block);
    return bits.plausible();
  }

  std::vector<unsigned char> bytes_;
  std::size_t size_ = 0;
  std::array<huffman_table, most_tables> dc_tables_, ac_tables_;
  std::array<component, most_components> components_;
  std::size_t count_ = 0;
  unsigned mcus_across_ = 0, mcus_down_ = 0;
};

} // namespace glyphgate::vision
