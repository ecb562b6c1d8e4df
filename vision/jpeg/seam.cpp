#include "vision/jpeg/seam.hpp"

#include "vision/bytes.hpp"
#include "vision/montage.hpp"

#include <algorithm>
#include <span>

namespace glyphgate::vision::jpeg {

namespace {

// AC symbols (T.81, F.1.2.2).
constexpr std::uint8_t end_of_block = 0x00, run_of_16_zeros = 0xF0;
// A block has 63 AC coefficients.
constexpr std::uint32_t most_runs_in_a_block = 3;
constexpr std::uint32_t most_category = 11;

/// The first bytes of a scan without the stuffed zeros, as one number, and which byte of the scan each came from.
struct scan_start {
  static constexpr std::size_t length = 6;

  std::array<std::uint8_t, length> bytes{};
  /// Of the byte behind each.
  std::array<std::size_t, length> ends{};
  std::size_t count = 0;

  explicit scan_start(std::string_view scan) {
    for (std::size_t at = 0; at < scan.size() && count < length; ++count) {
      bytes[count] = u8(scan, at);
      at += bytes[count] == 0xFF ? 2 : 1;
      ends[count] = at;
    }
  }

  /// 32 bits from bit `at` on; zeros behind the end.
  std::uint32_t window(std::size_t at) const {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < length; ++i)
      all = all << 8U | bytes[i];
    return static_cast<std::uint32_t>(all << (16 + at) >> 32U);
  }
};

} // namespace

void seam_coder::bit_row::add(const bit_string& more) {
  for (auto left = more.length; left > 0;) {
    const auto used = static_cast<std::uint32_t>(length % 8);
    if (used == 0)
      bytes.push_back('\0');
    const auto taken = std::min(8 - used, left);
    const auto part = more.bits >> (left - taken) & ((1U << taken) - 1);
    bytes.back() = static_cast<char>(static_cast<std::uint8_t>(bytes.back()) | part << (8 - used - taken));
    length += taken;
    left -= taken;
  }
}

seam_coder::seam_coder(const baseline& picture) : picture_{picture}, luminance_{picture.dc[picture.components[0].dc]} {
  // A block's DC value is 8 times its mean, from which 128 is taken.
  const int step = u8(picture.quantisation[picture.components[0].quantisation], 0);
  level_ = ((plain_level - 128) * 8 + step / 2) / step;
}

std::optional<seam_coder> seam_coder::make(const baseline& picture) {
  seam_coder coder{picture};
  if (!coder.make_rows())
    return std::nullopt;
  return coder;
}

std::optional<bit_string> seam_coder::difference(int value) const {
  const auto size = category_of(value);
  if (size > most_category)
    return std::nullopt;
  auto code = luminance_.of(static_cast<std::uint8_t>(size));
  if (code) {
    code->bits = code->bits << size | bits_of(value).bits;
    code->length += size;
  }
  return code;
}

bool seam_coder::make_rows() {
  if (!difference(level_))
    return false;
  const std::span components{picture_.components.data(), picture_.component_count};
  std::array<std::uint32_t, 2> run_lengths{}, blocks{};
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto& c = components[i];
    const huffman_codes dc{picture_.dc[c.dc]}, ac{picture_.ac[c.ac]};
    const auto run = ac.of(run_of_16_zeros);
    if (!dc.of(0) || !ac.of(end_of_block))
      return false;
    const std::size_t kind = i == 0 ? 0 : 1;
    blocks[kind] += run ? picture_.mcus_per_row() * c.horizontal * c.vertical : 0;
    // The two kinds of chrominance may have tables of their own: the runs are put into the first.
    if (i < 2)
      run_lengths[kind] = run ? run->length : 0;
    else if (!run || run->length != run_lengths[kind])
      blocks[kind] = 0;
  }
  const auto plain = row(0, 0).length;
  for (std::uint32_t surplus = 0; surplus < rows_.size(); ++surplus) {
    std::optional<std::pair<std::uint32_t, std::uint32_t>> best;
    const auto bits = [&](const auto& runs) { return runs.first * run_lengths[0] + runs.second * run_lengths[1]; };
    // No more than 7 of a kind: 8 add whole bytes.
    for (std::uint32_t l = 0; l < std::min(8U, blocks[0] * most_runs_in_a_block + 1); ++l)
      for (std::uint32_t c = 0; c < std::min(8U, blocks[1] * most_runs_in_a_block + 1); ++c) {
        const std::pair runs{l, c};
        if ((plain + bits(runs)) % 8 == surplus && (!best || bits(runs) < bits(*best)))
          best = runs;
      }
    if (!best)
      return false;
    rows_[surplus] = row(best->first, best->second);
  }
  return true;
}

seam_coder::bit_row seam_coder::row(std::uint32_t luminance_runs, std::uint32_t chrominance_runs) const {
  struct plain_block {
    bit_string dc, run, end;
  };
  std::array<plain_block, 3> plain_blocks{};
  for (std::size_t i = 0; i < picture_.component_count; ++i) {
    const auto& c = picture_.components[i];
    const huffman_codes dc{picture_.dc[c.dc]}, ac{picture_.ac[c.ac]};
    plain_blocks[i] = {dc.of(0).value_or(bit_string{}), ac.of(run_of_16_zeros).value_or(bit_string{}),
                       ac.of(end_of_block).value_or(bit_string{})};
  }
  std::array<std::uint32_t, 2> runs{luminance_runs, chrominance_runs};
  bit_row made;
  for (std::uint32_t unit = 0; unit < picture_.mcus_per_row(); ++unit)
    for (std::size_t i = 0; i < picture_.component_count; ++i) {
      const auto& c = picture_.components[i];
      for (unsigned block = 0; block < unsigned{c.horizontal} * c.vertical; ++block) {
        const auto& plain = plain_blocks[i];
        made.add(made.length == 0 ? difference(level_).value_or(bit_string{}) : plain.dc);
        auto& left = runs[i == 0 ? 0 : 1];
        for (std::uint32_t k = 0; k < most_runs_in_a_block && left > 0; ++k, --left)
          made.add(plain.run);
        made.add(plain.end);
      }
    }
  return made;
}

std::optional<seam_coder::head> seam_coder::code(std::string_view scan) const {
  const scan_start start{scan};
  const auto symbol = luminance_.decode(start.window(0));
  if (!symbol || symbol->symbol > most_category)
    return std::nullopt;
  const auto old_length = symbol->length + symbol->symbol;
  const auto value = symbol->symbol == 0 ? 0U : start.window(symbol->length) >> (32U - symbol->symbol);
  const auto anew = difference(extended(value, symbol->symbol) - level_);
  const auto whole = old_length / 8, rest = old_length % 8;
  // An AC symbol follows in any case.
  if (!anew || start.count <= whole)
    return std::nullopt;
  auto bits = rows_[(old_length + 8 - anew->length % 8) % 8];
  bits.add(*anew);
  head made;
  made.replaced = whole == 0 ? 0 : start.ends[whole - 1];
  if (rest != 0) {
    bits.add({start.bytes[whole] & (0xFFU >> rest), 8 - rest});
    made.replaced = start.ends[whole];
  }
  made.bytes.reserve(bits.bytes.size() + 8);
  for (const char byte : bits.bytes) {
    made.bytes.push_back(byte);
    if (byte == '\xFF')
      made.bytes.push_back('\0');
  }
  return made;
}

} // namespace glyphgate::vision::jpeg
