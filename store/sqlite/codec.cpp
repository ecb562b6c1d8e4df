#include "store/sqlite/codec.hpp"

#include "store/sqlite/damage.hpp"

#include <bit>
#include <cstdint>
#include <limits>

namespace glyphgate::store {

namespace {

constexpr char version = 1;

class writer {
public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }

  /// Small magnitudes of either sign become small numbers.
  void signed_number(std::int32_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    number((bits << 1) ^ (value < 0 ? ~std::uint32_t{0} : 0));
  }

  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }

  void real(float value) {
    for (auto bits = std::bit_cast<std::uint32_t>(value); const int shift : {0, 8, 16, 24})
      bytes_.push_back(static_cast<char>(bits >> shift));
  }

  std::string take() { return std::move(bytes_); }

private:
  std::string bytes_{version};
};

class reader {
public:
  explicit reader(std::string_view bytes) : rest_{bytes} {
    if (byte() != static_cast<std::uint8_t>(version))
      damaged();
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto b = byte();
      value |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if ((b & 0x80) == 0)
        return value;
    }
    damaged();
  }

  std::uint32_t number32() {
    const auto value = number();
    if (value > std::numeric_limits<std::uint32_t>::max())
      damaged();
    return static_cast<std::uint32_t>(value);
  }

  std::int32_t signed_number() {
    const auto bits = number32();
    return static_cast<std::int32_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint32_t{0} : 0));
  }

  /// How many values of at least `size` bytes follow.
  std::size_t count(std::size_t size) {
    const auto value = number();
    if (value > rest_.size() / size)
      damaged();
    return static_cast<std::size_t>(value);
  }

  std::string text() {
    const auto size = count(1);
    std::string value{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return value;
  }

  float real() {
    std::uint32_t bits = 0;
    for (const int shift : {0, 8, 16, 24})
      bits |= std::uint32_t{byte()} << shift;
    return std::bit_cast<float>(bits);
  }

  std::uint8_t byte() {
    if (rest_.empty())
      damaged();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  void finish() const {
    if (!rest_.empty())
      damaged();
  }

  [[noreturn]] static void damaged() { throw damaged_value{"the database holds a damaged value"}; }

private:
  std::string_view rest_;
};

} // namespace

std::string encode(const recognition& value) {
  writer w;
  w.number(value.symbols.size());
  for (const auto& s : value.symbols) {
    w.text(s.text);
    for (const auto n : {s.box.x, s.box.y, s.box.width, s.box.height})
      w.signed_number(n);
    w.real(s.confidence);
    w.number(static_cast<std::uint64_t>(s.after));
  }
  return w.take();
}

recognition decode_recognition(std::string_view bytes) {
  constexpr std::size_t least_symbol = 10;
  reader r{bytes};
  recognition value;
  value.symbols.resize(r.count(least_symbol));
  for (auto& s : value.symbols) {
    s.text = r.text();
    for (auto* n : {&s.box.x, &s.box.y, &s.box.width, &s.box.height})
      *n = r.signed_number();
    s.confidence = r.real();
    const auto after = r.byte();
    if (after > static_cast<std::uint8_t>(text_break::hyphen))
      reader::damaged();
    s.after = static_cast<text_break>(after);
  }
  r.finish();
  return value;
}

std::string encode(const std::vector<std::string>& value) {
  writer w;
  w.number(value.size());
  for (const auto& text : value)
    w.text(text);
  return w.take();
}

std::vector<std::string> decode_strings(std::string_view bytes) {
  reader r{bytes};
  std::vector<std::string> value(r.count(1));
  for (auto& text : value)
    text = r.text();
  r.finish();
  return value;
}

picture_indices decode_picture_indices(std::string_view bytes) {
  reader r{bytes};
  picture_indices value(r.count(1));
  for (auto& index : value)
    index = r.number32();
  r.finish();
  return value;
}

} // namespace glyphgate::store
