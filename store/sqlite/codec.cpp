#include "store/sqlite/codec.hpp"

#include "core/packed.hpp"
#include "core/recognition_codec.hpp"
#include "store/sqlite/damage.hpp"

#include <cstdint>

namespace glyphgate::store {

namespace {

constexpr std::uint8_t version = 1;

template <class Decode>
auto decoded(Decode decode) {
  try {
    return decode();
  } catch (const damaged_bytes&) {
    throw damaged_value{"the database holds a damaged value"};
  }
}

// A list of values, the least of which takes a byte.
template <class List, class Read>
List decoded_list(std::string_view bytes, Read read) {
  return decoded([&] {
    packed_reader r{bytes};
    if (r.byte() != version)
      throw damaged_bytes{};
    List values(r.count(1));
    for (auto& value : values)
      value = read(r);
    r.finish();
    return values;
  });
}

} // namespace

std::string encode(const std::vector<std::string>& value) {
  packed_writer w;
  w.byte(version);
  w.number(value.size());
  for (const auto& text : value)
    w.text(text);
  return w.take();
}

std::vector<std::string> decode_strings(std::string_view bytes) {
  return decoded_list<std::vector<std::string>>(bytes, [](packed_reader& r) { return std::string{r.text()}; });
}

recognition decode_recognition(std::string_view bytes) {
  return decoded([&] { return glyphgate::decode_recognition(bytes); });
}

picture_indices decode_picture_indices(std::string_view bytes) {
  return decoded_list<picture_indices>(bytes, [](packed_reader& r) { return r.number32(); });
}

} // namespace glyphgate::store
