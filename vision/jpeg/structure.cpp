#include "vision/jpeg/structure.hpp"

#include "vision/bytes.hpp"

#include <algorithm>
#include <cstring>
#include <span>

using namespace std::string_view_literals;

namespace glyphgate::vision::jpeg {

namespace {

// The second bytes of markers (T.81, table B.1).
constexpr std::uint8_t sof0 = 0xC0, sof1 = 0xC1, sof2 = 0xC2, dht = 0xC4, jpg = 0xC8, dac = 0xCC, rst0 = 0xD0,
                       rst7 = 0xD7, soi = 0xD8, eoi = 0xD9, sos = 0xDA, dqt = 0xDB, dnl = 0xDC, dri = 0xDD, app0 = 0xE0,
                       app14 = 0xEE;

// More than any writer makes; bounds the work on hostile files.
constexpr int max_segments = 65536;

bool is_frame(std::uint8_t marker) {
  return (marker & 0xF0) == 0xC0 && marker != dht && marker != jpg && marker != dac;
}

/// Whether no decoder knows it: it is reserved for extensions, or of hierarchical files (DHP, EXP). libjpeg refuses a
/// file that has one.
bool is_reserved(std::uint8_t marker) {
  return marker < sof0 || marker == jpg || marker == 0xDE || marker == 0xDF || (marker >= 0xF0 && marker < 0xFE);
}

/// A marker and the bytes of its segment, without their length.
struct segment {
  std::uint8_t marker = 0;
  std::string_view bytes;
};

/// Goes through a file, segment by segment.
class marker_reader {
public:
  explicit marker_reader(std::string_view file) : file_{file} {}

  /// After the start marker. False where there is none.
  bool start() {
    at_ = 2;
    return file_.starts_with("\xFF\xD8\xFF"sv);
  }

  /// The next segment; the end marker has no bytes. Nothing at the end of the file, and where it is damaged.
  std::optional<segment> next() {
    // Fill bytes may stand before a marker, and nothing else.
    if (!holds(file_, at_, 2) || u8(file_, at_) != 0xFF || --segments_left_ < 0)
      return std::nullopt;
    while (holds(file_, at_, 2) && u8(file_, at_ + 1) == 0xFF)
      ++at_;
    if (!holds(file_, at_, 2))
      return std::nullopt;
    const auto marker = u8(file_, at_ + 1);
    at_ += 2;
    if (marker == eoi)
      return segment{marker, {}};
    if (is_reserved(marker) || marker == soi || (marker >= rst0 && marker <= rst7) || !holds(file_, at_, 2))
      return std::nullopt;
    const std::size_t length = be16(file_, at_);
    if (length < 2 || !holds(file_, at_, length))
      return std::nullopt;
    const segment found{marker, file_.substr(at_ + 2, length - 2)};
    at_ += length;
    return found;
  }

  /// Passes the entropy-coded bytes up to the next marker that is no restart marker, and returns them with the restart
  /// markers among them counted. Nothing where the file ends before.
  struct entropy {
    std::string_view bytes;
    std::size_t restarts = 0;
  };
  std::optional<entropy> pass_scan() {
    entropy passed;
    const auto start = at_;
    for (;;) {
      const auto* found = static_cast<const char*>(std::memchr(file_.data() + at_, 0xFF, file_.size() - at_));
      if (found == nullptr)
        return std::nullopt;
      at_ = static_cast<std::size_t>(found - file_.data());
      const auto marker_at = at_;
      auto next = at_ + 1;
      while (next < file_.size() && u8(file_, next) == 0xFF)
        ++next;
      if (next == file_.size())
        return std::nullopt;
      const auto marker = u8(file_, next);
      const bool is_restart = marker >= rst0 && marker <= rst7;
      if (marker != 0 && !is_restart) {
        passed.bytes = file_.substr(start, marker_at - start);
        return passed;
      }
      // A stuffed zero belongs to one 0xFF.
      if (marker == 0 && next != marker_at + 1)
        return std::nullopt;
      passed.restarts += is_restart ? 1 : 0;
      at_ = next + 1;
    }
  }

private:
  std::string_view file_;
  std::size_t at_ = 0;
  int segments_left_ = max_segments;
};

/// What the header says of how three components are to be understood.
struct colour_hints {
  bool jfif = false;
  std::optional<std::uint8_t> adobe_transform;
};

/// libjpeg's rule (default_decompress_parms).
bool is_ycbcr(const colour_hints& hints, std::span<const component> components) {
  if (hints.jfif)
    return true;
  if (hints.adobe_transform)
    return *hints.adobe_transform == 1;
  const auto ids = std::array{components[0].id, components[1].id, components[2].id};
  return ids == std::array<std::uint8_t, 3>{1, 2, 3};
}

bool read_quantisation(std::string_view bytes, std::array<quantisation_definition, 4>& to) {
  while (!bytes.empty()) {
    const unsigned precision = u8(bytes, 0) >> 4U, number = u8(bytes, 0) & 15U;
    if (precision != 0 || number > 3 || bytes.size() < 65)
      return false;
    to[number] = bytes.substr(1, 64);
    if (to[number].find('\0') != std::string_view::npos)
      return false;
    bytes.remove_prefix(65);
  }
  return true;
}

/// Whether there are codes of those lengths of which none begins another or is all ones (T.81, annex C).
bool is_prefix_code(std::string_view counts) {
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < counts.size(); ++i, code <<= 1U) {
    code += u8(counts, i);
    if (u8(counts, i) != 0 && code >= 1U << (i + 1))
      return false;
  }
  return true;
}

bool read_huffman(std::string_view bytes, std::array<huffman_definition, 4>& dc,
                  std::array<huffman_definition, 4>& ac) {
  while (!bytes.empty()) {
    if (bytes.size() < 17)
      return false;
    const unsigned kind = u8(bytes, 0) >> 4U, number = u8(bytes, 0) & 15U;
    std::size_t symbols = 0;
    for (std::size_t i = 1; i <= 16; ++i)
      symbols += u8(bytes, i);
    if (kind > 1 || number > 3 || symbols > 256 || bytes.size() < 17 + symbols || !is_prefix_code(bytes.substr(1, 16)))
      return false;
    // A DC symbol is a number of bits.
    if (kind == 0 && std::ranges::any_of(bytes.substr(17, symbols), [](char s) { return (s & 0xF0) != 0; }))
      return false;
    (kind == 0 ? dc : ac)[number] = bytes.substr(1, 16 + symbols);
    bytes.remove_prefix(17 + symbols);
  }
  return true;
}

std::uint32_t largest(const baseline& picture, std::uint8_t component::*factor) {
  std::uint32_t most = 1;
  for (std::size_t i = 0; i < picture.component_count; ++i)
    most = std::max<std::uint32_t>(most, picture.components[i].*factor);
  return most;
}

bool read_frame(std::string_view bytes, baseline& to) {
  if (bytes.size() < 6 || u8(bytes, 0) != 8 || to.component_count != 0)
    return false;
  to.height = be16(bytes, 1);
  to.width = be16(bytes, 3);
  to.component_count = u8(bytes, 5);
  if (to.height == 0 || to.width == 0 || (to.component_count != 1 && to.component_count != 3) ||
      bytes.size() != 6 + 3U * to.component_count)
    return false;
  for (std::size_t i = 0; i < to.component_count; ++i) {
    auto& c = to.components[i];
    const auto at = 6 + 3 * i;
    c.id = u8(bytes, at);
    c.horizontal = u8(bytes, at + 1) >> 4U;
    c.vertical = u8(bytes, at + 1) & 15U;
    c.quantisation = u8(bytes, at + 2);
    if (c.horizontal < 1 || c.horizontal > 4 || c.vertical < 1 || c.vertical > 4 || c.quantisation > 3)
      return false;
    for (std::size_t other = 0; other < i; ++other)
      if (to.components[other].id == c.id)
        return false;
  }
  const auto widest = largest(to, &component::horizontal), highest = largest(to, &component::vertical);
  for (std::size_t i = 0; i < to.component_count; ++i)
    if (widest % to.components[i].horizontal != 0 || highest % to.components[i].vertical != 0)
      return false;
  // One component is not interleaved: its sampling factors mean nothing.
  if (to.component_count == 1)
    to.components[0].horizontal = to.components[0].vertical = 1;
  return true;
}

/// A scan of all components, in the frame's order.
bool read_scan_header(std::string_view bytes, baseline& to) {
  const std::size_t count = to.component_count;
  if (count == 0 || bytes.size() != 4 + 2 * count || u8(bytes, 0) != count)
    return false;
  unsigned blocks = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto& c = to.components[i];
    c.dc = u8(bytes, 2 + 2 * i) >> 4U;
    c.ac = u8(bytes, 2 + 2 * i) & 15U;
    // Baseline has two tables of each kind.
    if (u8(bytes, 1 + 2 * i) != c.id || c.dc > 1 || c.ac > 1 || to.dc[c.dc].empty() || to.ac[c.ac].empty() ||
        to.quantisation[c.quantisation].empty())
      return false;
    blocks += unsigned{c.horizontal} * c.vertical;
  }
  return blocks <= 10 && bytes.substr(1 + 2 * count) == "\0\x3F\0"sv;
}

std::uint32_t quotient_up(std::uint32_t a, std::uint32_t b) {
  return (a + b - 1) / b;
}

/// FNV-1a, 64 bits.
class hash_of_parts {
public:
  void add(std::string_view bytes) {
    for (const char c : bytes)
      add_byte(static_cast<std::uint8_t>(c));
    add_byte(0);
  }
  void add_byte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001B3U; }
  std::uint64_t value() const { return value_ == 0 ? 1 : value_; }

private:
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

} // namespace

std::uint32_t baseline::mcu_width() const {
  return 8 * largest(*this, &component::horizontal);
}

std::uint32_t baseline::mcu_height() const {
  return 8 * largest(*this, &component::vertical);
}

std::uint32_t baseline::mcus_per_row() const {
  return quotient_up(width, mcu_width());
}

std::uint32_t baseline::mcu_rows() const {
  return quotient_up(height, mcu_height());
}

std::optional<baseline> read_baseline(std::string_view file) {
  marker_reader reader{file};
  if (!reader.start())
    return std::nullopt;
  baseline result;
  colour_hints hints;
  bool is_good = true;
  for (auto part = reader.next(); part; part = reader.next()) {
    const auto& [marker, bytes] = *part;
    switch (marker) {
    case sof0: is_good = read_frame(bytes, result); break;
    case dqt: is_good = read_quantisation(bytes, result.quantisation); break;
    case dht: is_good = read_huffman(bytes, result.dc, result.ac); break;
    case dri: is_good = bytes == "\0\0"sv; break;
    case app0: hints.jfif = hints.jfif || bytes.starts_with("JFIF\0"sv); break;
    case app14:
      if (bytes.size() >= 12 && bytes.starts_with("Adobe"))
        hints.adobe_transform = u8(bytes, 11);
      break;
    case sos: {
      if (!read_scan_header(bytes, result) ||
          (result.component_count == 3 && !is_ycbcr(hints, {result.components.data(), 3})))
        return std::nullopt;
      const auto scan = reader.pass_scan();
      if (!scan || scan->restarts != 0 || scan->bytes.empty())
        return std::nullopt;
      result.scan = scan->bytes;
      const auto last = reader.next();
      return last && last->marker == eoi ? std::optional{result} : std::nullopt;
    }
    default: is_good = !is_frame(marker) && marker != dnl && marker != dac && marker != eoi; break;
    }
    if (!is_good)
      return std::nullopt;
  }
  return std::nullopt;
}

bool can_join(const baseline& a, const baseline& b) {
  if (a.width != b.width || a.mcu_rows() != b.mcu_rows() || a.component_count != b.component_count ||
      a.components != b.components)
    return false;
  for (std::size_t i = 0; i < a.component_count; ++i) {
    const auto& c = a.components[i];
    if (a.quantisation[c.quantisation] != b.quantisation[c.quantisation] || a.dc[c.dc] != b.dc[c.dc] ||
        a.ac[c.ac] != b.ac[c.ac])
      return false;
  }
  return true;
}

std::uint64_t kin_of(const baseline& picture) {
  hash_of_parts hash;
  for (const auto number : {picture.width >> 8U, picture.width, picture.mcu_rows() >> 8U, picture.mcu_rows()})
    hash.add_byte(static_cast<std::uint8_t>(number));
  for (std::size_t i = 0; i < picture.component_count; ++i) {
    const auto& c = picture.components[i];
    for (const auto byte : {c.id, c.horizontal, c.vertical, c.quantisation, c.dc, c.ac})
      hash.add_byte(byte);
    hash.add(picture.quantisation[c.quantisation]);
    hash.add(picture.dc[c.dc]);
    hash.add(picture.ac[c.ac]);
  }
  return hash.value();
}

bool is_common_and_whole(std::string_view file) {
  marker_reader reader{file};
  if (!reader.start())
    return false;
  bool has_frame = false, has_scan = false;
  for (auto part = reader.next(); part; part = reader.next()) {
    const auto& [marker, bytes] = *part;
    if (is_frame(marker)) {
      const bool is_common = marker == sof0 || marker == sof1 || marker == sof2;
      if (has_frame || !is_common || bytes.size() < 6 || u8(bytes, 0) != 8 || be16(bytes, 1) == 0 ||
          be16(bytes, 3) == 0 || (u8(bytes, 5) != 1 && u8(bytes, 5) != 3))
        return false;
      has_frame = true;
    } else if (marker == sos) {
      if (!has_frame || !reader.pass_scan())
        return false;
      has_scan = true;
    } else if (marker == eoi) {
      return has_scan;
    }
  }
  return false;
}

} // namespace glyphgate::vision::jpeg
