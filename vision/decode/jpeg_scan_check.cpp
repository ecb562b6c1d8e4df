#include "vision/decode/jpeg_scan_check.hpp"

#include "vision/bytes.hpp"
#include "vision/jpeg/baseline_scan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

namespace glyphgate::vision {

namespace {

constexpr unsigned most_zeros = 15;

/// The bits of entropy-coded bytes in which a zero follows each 0xFF; behind them, zeros.
class coded_bits {
public:
  explicit coded_bits(std::string_view bytes)
      : at_{reinterpret_cast<const unsigned char*>(bytes.data())},
        end_{at_ + bytes.size()} {}

  /// At least 56 bits are there then.
  void refill() {
    if (end_ - at_ >= 8) {
      std::uint64_t next = 0;
      std::memcpy(&next, at_, sizeof next);
      if (!has_ff(next)) {
        bits_ |= be64(next) >> count_;
        at_ += (63 - count_) / 8;
        count_ |= 56;
        return;
      }
    }
    for (; count_ <= 56; count_ += 8) {
      if (at_ == end_) {
        made_up_ += 8;
        continue;
      }
      bits_ |= std::uint64_t{*at_} << (56 - count_);
      if (*at_++ == 0xFF) {
        // Fill bytes, and the zero.
        at_ = std::find_if(at_, end_, [](unsigned char byte) { return byte != 0xFF; });
        at_ += at_ == end_ ? 0 : 1;
      }
    }
  }

  std::uint32_t look(int size) const { return static_cast<std::uint32_t>(bits_ >> (64 - size)); }

  void skip(int size) {
    bits_ <<= size;
    count_ -= size;
  }

  /// 0 to 16 bits.
  std::uint32_t take(int size) {
    if (size == 0)
      return 0;
    if (count_ < 16)
      refill();
    const auto taken = look(size);
    skip(size);
    return taken;
  }

  /// Any number of bits.
  void pass(int size) {
    for (; size > 16; size -= 16)
      take(16);
    take(size);
  }

  /// Whether bits were taken that are not there.
  bool overrun() const { return count_ < made_up_; }

  /// Whether less is left than the longest code and its number take.
  bool ends() const { return at_ == end_ && count_ - made_up_ < 32; }

  /// Whether a byte is left that is not 0: an encoder may fill the end with zeros.
  bool has_left() const {
    const int whole_bytes = std::max(0, count_ - made_up_) / 8 * 8;
    // The bits that fill the last byte may be anything.
    const int filling = std::max(0, count_ - made_up_) % 8;
    if (whole_bytes > 0 && bits_ << filling >> (64 - whole_bytes) != 0)
      return true;
    return std::any_of(at_, end_, [](unsigned char byte) { return byte != 0; });
  }

private:
  static bool has_ff(std::uint64_t bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    return ((~bytes - ones) & bytes & tops) != 0;
  }

  const unsigned char* at_;
  const unsigned char* end_;
  std::uint64_t bits_ = 0;
  int count_ = 0, made_up_ = 0;
};

/// A marker in or behind a scan, and what stands before it.
struct scan_marker {
  static constexpr std::uint8_t rst0 = 0xD0, rst7 = 0xD7, lowest_frame = 0xC0;

  /// Of the first of the bytes 0xFF that it begins with, and behind it.
  std::size_t at = 0, behind = 0;
  /// 0 for the end of the file.
  std::uint8_t code = 0;

  bool is_restart() const { return code >= rst0 && code <= rst7; }
  /// No marker that libjpeg knows in a scan: it looks for the next one.
  bool is_garbage() const { return code != 0 && code < lowest_frame; }
};

/// The first marker at `at` or behind it.
scan_marker next_marker(std::string_view bytes, std::size_t at) {
  for (;;) {
    at = std::min(bytes.find('\xFF', at), bytes.size());
    const auto code_at = bytes.find_first_not_of('\xFF', at);
    if (code_at == std::string_view::npos)
      return {at, bytes.size(), 0};
    const auto code = u8(bytes, code_at);
    if (code != 0)
      return {at, code_at + 1, code};
    at = code_at + 1;
  }
}

/// Without the zeros that it ends with.
std::string_view without_zeros(std::string_view bytes) {
  bytes = bytes.substr(0, bytes.find_last_not_of('\0') + 1);
  return bytes.ends_with('\xFF') ? bytes.substr(0, bytes.size() - 1) : bytes;
}

/// The table as `huffman_table` takes it.
std::string definition_of(const JHUFF_TBL& table) {
  std::string text(table.bits + 1, table.bits + 17);
  std::size_t symbols = 0;
  for (std::size_t length = 1; length <= 16; ++length)
    symbols += table.bits[length];
  return text.append(table.huffval, table.huffval + std::min(symbols, std::size(table.huffval)));
}

} // namespace

/// What stands between two restart markers: walks over its blocks.
class jpeg_scan_checker::interval {
public:
  interval(const jpeg_decompress_struct& file, std::vector<std::uint64_t>* filled)
      : file_{file},
        filled_{filled},
        first_{static_cast<unsigned>(file.Ss)},
        last_{static_cast<unsigned>(file.Se)} {
    for (std::size_t i = 0; i < static_cast<std::size_t>(file.comps_in_scan); ++i) {
      const auto& component = *file.cur_comp_info[i];
      if (!file.progressive_mode || (file.Ss == 0 && file.Ah == 0))
        set(dc_[i], file.dc_huff_tbl_ptrs[component.dc_tbl_no]);
      if (!file.progressive_mode || file.Ss > 0)
        set(ac_[i], file.ac_huff_tbl_ptrs[component.ac_tbl_no]);
    }
  }

  /// Reads the MCUs from `first` up to `end`. Returns the first one that cannot be read, or else `end`.
  std::uint32_t walk(std::string_view bytes, std::uint32_t first, std::uint32_t end) {
    bits_ = coded_bits{bytes};
    end_of_band_ = 0;
    for (auto mcu = first; mcu < end; ++mcu)
      for (int block = 0; block < file_.blocks_in_MCU; ++block) {
        const auto component = static_cast<std::size_t>(file_.MCU_membership[block]);
        if (!pass_block(component, mcu) || bits_.overrun())
          return mcu;
      }
    return end;
  }

  /// After all MCUs: whether there is more than they need.
  bool has_left() const { return end_of_band_ != 0 || bits_.has_left(); }

  /// Where it could not be read to the end: whether that is because there is no more.
  bool ended() const { return bits_.overrun() || bits_.ends(); }

private:
  static void set(std::unique_ptr<huffman_table>& to, const JHUFF_TBL* from) {
    to = std::make_unique<huffman_table>();
    const auto definition = from == nullptr ? std::string(16, '\0') : definition_of(*from);
    to->set(definition);
  }

  bool pass_block(std::size_t component, std::uint32_t mcu) {
    if (!file_.progressive_mode)
      return pass_dc(component) && pass_ac(*ac_[component]);
    if (file_.Ss == 0) {
      if (file_.Ah == 0)
        return pass_dc(component);
      bits_.take(1);
      return true;
    }
    auto& filled = (*filled_)[mcu];
    return file_.Ah == 0 ? pass_band(*ac_[component], filled) : refine_band(*ac_[component], filled);
  }

  std::optional<huffman_table::entry> next(const huffman_table& table) {
    bits_.refill();
    const auto found = table.look(bits_);
    if (found.code == 0)
      return std::nullopt;
    bits_.skip(found.code);
    return found;
  }

  bool pass_dc(std::size_t component) {
    const auto found = next(*dc_[component]);
    if (!found || found->run > 0)
      return false;
    bits_.skip(found->size);
    return true;
  }

  /// All of a block but its DC: F.2.2.2.
  bool pass_ac(const huffman_table& table) {
    for (unsigned k = 1; k < block_size; ++k) {
      const auto found = next(table);
      if (!found)
        return false;
      k += found->run;
      if (k >= block_size)
        return found->size == 0 && found->run == 0;
      if (found->size == 0 && found->run == 0)
        return true;
      if (found->size == 0 && found->run < most_zeros)
        return false;
      bits_.skip(found->size);
    }
    return true;
  }

  /// A progressive scan's first sight of a band: G.1.2.2.
  bool pass_band(const huffman_table& table, std::uint64_t& filled) {
    if (end_of_band_ > 0) {
      --end_of_band_;
      return true;
    }
    for (auto k = first_; k <= last_; ++k) {
      const auto found = next(table);
      if (!found)
        return false;
      if (found->size == 0 && found->run < most_zeros) {
        begin_end_of_band(found->run);
        --end_of_band_;
        return true;
      }
      k += found->run;
      if (k > last_)
        return false;
      if (found->size > 0) {
        bits_.skip(found->size);
        filled |= std::uint64_t{1} << k;
      }
    }
    return true;
  }

  /// A further bit of a band's coefficients: G.1.2.3.
  bool refine_band(const huffman_table& table, std::uint64_t& filled) {
    auto k = first_;
    if (end_of_band_ == 0)
      for (; k <= last_; ++k) {
        const auto found = next(table);
        if (!found || found->size > 1)
          return false;
        if (found->size == 0 && found->run < most_zeros) {
          begin_end_of_band(found->run);
          break;
        }
        bits_.take(found->size);
        const auto zeros = found->run;
        unsigned passed = 0;
        for (; k <= last_; ++k)
          if (((filled >> k) & 1) != 0)
            bits_.take(1);
          else if (passed++ == zeros)
            break;
        if (found->size == 0)
          continue;
        if (k > last_)
          return false;
        filled |= std::uint64_t{1} << k;
      }
    if (end_of_band_ > 0) {
      const auto band = k > last_ ? 0 : (filled >> k) & (~std::uint64_t{0} >> (63 - (last_ - k)));
      bits_.pass(std::popcount(band));
      --end_of_band_;
    }
    return true;
  }

  /// So many blocks, this one with them, have no more in this band.
  void begin_end_of_band(unsigned exponent) {
    end_of_band_ = (1U << exponent) + bits_.take(static_cast<int>(exponent));
  }

  const jpeg_decompress_struct& file_;
  std::vector<std::uint64_t>* filled_;
  const unsigned first_, last_;
  std::array<std::unique_ptr<huffman_table>, MAX_COMPS_IN_SCAN> dc_, ac_;
  coded_bits bits_{{}};
  unsigned end_of_band_ = 0;
};

namespace {

/// The rows of pixels that a scan's rows of MCUs cover.
class pixel_rows {
public:
  explicit pixel_rows(const jpeg_decompress_struct& file)
      : across_{file.MCUs_per_row},
        dividend_{static_cast<std::uint64_t>(DCTSIZE * file.max_v_samp_factor)},
        divisor_{static_cast<std::uint64_t>(file.comps_in_scan > 1 ? 1 : file.cur_comp_info[0]->v_samp_factor)} {}

  /// Loses all rows that any of these MCUs has a part of.
  void lose(std::uint32_t first_mcu, std::uint32_t end_mcu, lost_rows& lost) const {
    if (first_mcu >= end_mcu)
      return;
    const std::uint64_t first = first_mcu / across_, end = (end_mcu - 1) / across_ + 1;
    lost.lose(first * dividend_ / divisor_, (end * dividend_ + divisor_ - 1) / divisor_);
  }

private:
  std::uint32_t across_;
  std::uint64_t dividend_, divisor_;
};

} // namespace

scan_check jpeg_scan_checker::check(const jpeg_decompress_struct& file, std::string_view bytes, lost_rows& lost) {
  scan_check result;
  const auto number = static_cast<std::size_t>(file.cur_comp_info[0]->component_index);
  const std::uint32_t total = file.MCUs_per_row * file.MCU_rows_in_scan;
  auto* filled = &filled_[number];
  if (file.progressive_mode && file.Ss > 0)
    filled->resize(total);
  interval part{file, filled};
  const pixel_rows rows{file};
  const bool is_base = !file.progressive_mode || (file.Ss == 0 && file.Ah == 0);
  const auto lose = [&](std::uint32_t first, std::uint32_t end) {
    if (is_base)
      rows.lose(first, end, lost);
  };

  const std::uint32_t step = file.restart_interval > 0 ? std::min(file.restart_interval, total) : total;
  const bool is_bounded = std::uint64_t{step} * 4 <= total;
  std::size_t at = 0;
  auto marker = next_marker(bytes, 0);
  for (std::uint32_t first = 0; first < total; first += step) {
    const auto end = std::min(total - first, step) + first;
    if (first > 0) {
      // As libjpeg: what is one or two intervals ahead is waited for, what is as far behind or no marker is passed.
      const unsigned wanted = (first / step - 1) % 8;
      const auto ahead = [&] { return (marker.code - scan_marker::rst0 - wanted) % 8; };
      while (marker.is_garbage() || (marker.is_restart() && ahead() >= 6))
        marker = next_marker(bytes, marker.behind);
      if (!marker.is_restart() || (ahead() >= 3 && ahead() <= 5)) {
        result.cut = marker.code == 0 && !result.damaged;
        result.damaged = result.damaged || !result.cut;
        lose(first, total);
        break;
      }
      if (ahead() != 0) {
        result.damaged = true;
        lose(first, end);
        continue;
      }
      at = marker.behind;
      marker = next_marker(bytes, at);
    }
    auto coded = bytes.substr(at, marker.at - at);
    if (marker.code == 0)
      coded = without_zeros(coded);
    result.size = at + coded.size();
    const auto reached = part.walk(coded, first, end);
    if (reached == end && !part.has_left())
      continue;
    if (reached < end && part.ended() && marker.code == 0 && !result.damaged) {
      result.cut = true;
      lose(reached, total);
      break;
    }
    result.damaged = true;
    result.doubtful = result.doubtful || !is_bounded;
    lose(is_bounded ? first : reached, end);
  }
  while (marker.is_restart() || marker.is_garbage())
    marker = next_marker(bytes, marker.behind);
  if (marker.code != 0)
    result.size = marker.at;
  return result;
}

} // namespace glyphgate::vision
