#pragma once

#include "vision/bytes.hpp"
#include "vision/compose/coefficients.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace glyphgate::vision {

/// A Huffman code.
struct huffman_code {
  std::uint16_t bits = 0;
  std::uint8_t length = 0;
};

/// The codes of a component, by symbol.
struct huffman_codes {
  std::array<huffman_code, 16> dc;
  std::array<huffman_code, 256> ac;
};

/// A block that is being written. It is a value of its own, and small, so that compilers keep it in registers.
class block_writer {
public:
  /// The next coefficient that is not 0, so many zeros after the last one. One that is 0 counts as a zero more.
  void ac(unsigned zeros, int value) {
    zeros_ += zeros;
    place_ += zeros + 1;
    if (value == 0) {
      ++zeros_;
      return;
    }
    if (value < -largest || value > largest) {
      fits_ = false;
      return;
    }
    for (; zeros_ > 15; zeros_ -= 16)
      put(codes_->ac[0xF0].bits, codes_->ac[0xF0].length);
    const auto size = bits_of(value);
    put_number(codes_->ac[zeros_ << 4 | size], value, size);
    zeros_ = 0;
  }

private:
  friend class coefficient_writer;

  static constexpr int largest = 1023;

  static unsigned bits_of(int value) {
    return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(value < 0 ? -value : value)));
  }

  void end() {
    if (place_ < DCTSIZE2 - 1 || zeros_ > 0)
      put(codes_->ac[0].bits, codes_->ac[0].length);
  }

  /// T.81, figure F.12 the other way: negative numbers are one less.
  void put_number(const huffman_code& symbol, int value, unsigned size) {
    const auto number = static_cast<std::uint32_t>(value < 0 ? value - 1 : value) & ((1U << size) - 1);
    put(static_cast<std::uint32_t>(symbol.bits) << size | number, symbol.length + size);
  }

  /// Up to 32 bits.
  void put(std::uint32_t bits, unsigned length) {
    bits_ |= static_cast<std::uint64_t>(bits) << (64 - count_ - length);
    count_ += length;
    const auto bytes = be64(bits_);
    std::memcpy(at_, &bytes, sizeof bytes);
    at_ += count_ / 8;
    bits_ <<= count_ & ~7U;
    count_ &= 7;
  }

  const huffman_codes* codes_ = nullptr;
  char* at_ = nullptr;
  // Bits that make no whole byte yet, from the top.
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
  unsigned zeros_ = 0, place_ = 0;
  bool fits_ = true;
};

/// Writes a baseline JPEG of blocks of coefficients, with the Huffman tables that T.81 (ISO/IEC 10918-1) gives in annex
/// K.3; the coding procedures are those of annex F.1.2. Blocks come in the order of the scan, whole MCUs.
class coefficient_writer {
public:
  /// Of components with these sampling factors and steps, the latter from 1 to 255. Sides are at most 65,535 px.
  /// `expected` bytes have room without moving.
  coefficient_writer(const coefficient_layout& layout, std::uint32_t width, std::uint32_t height, std::size_t expected);

  /// Begins a block with its first coefficient. Every block goes back by `end` before the next one begins.
  block_writer begin(std::size_t component, int dc) {
    if (used_ > chunk_.size() - most_block_bytes)
      flush();
    auto& channel = channels_[component];
    block_writer block;
    block.codes_ = channel.codes;
    block.at_ = chunk_.data() + used_;
    block.bits_ = bits_;
    block.count_ = count_;
    if (dc < -block_writer::largest - 1 || dc > block_writer::largest) {
      block.fits_ = false;
      dc = channel.last_dc;
    }
    const auto difference = dc - channel.last_dc;
    channel.last_dc = dc;
    const auto size = block_writer::bits_of(difference);
    block.put_number(block.codes_->dc[size], difference, size);
    return block;
  }

  void end(block_writer block) {
    block.end();
    used_ = static_cast<std::size_t>(block.at_ - chunk_.data());
    bits_ = block.bits_;
    count_ = block.count_;
    fits_ = fits_ && block.fits_;
  }

  /// Whether baseline coding has codes for all values so far: 10 bits for AC, 11 for the difference of two DC.
  bool fits() const { return fits_; }

  /// What was written, to go back to.
  struct mark;
  mark here();
  void back_to(const mark& to);

  /// After the last block: the file.
  std::string finish();

private:
  // 63 values of 26 bits, and a DC.
  static constexpr std::size_t most_block_bytes = 256;

  struct channel_state {
    const huffman_codes* codes = nullptr;
    int last_dc = 0;
  };

  /// Moves the chunk to the file, with the bytes that are stuffed in.
  void flush();

  std::string file_;
  std::array<channel_state, coefficient_layout::max_components> channels_;
  bool fits_ = true;
  // Bits that make no whole byte yet, from the top.
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
  std::array<char, 16 * 1024> chunk_;
  std::size_t used_ = 0;
};

struct coefficient_writer::mark {
  std::size_t size = 0;
  std::array<channel_state, coefficient_layout::max_components> components;
  std::uint64_t bits = 0;
  unsigned count = 0;
};

} // namespace glyphgate::vision
