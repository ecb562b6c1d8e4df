#pragma once

#include "core/clock.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace glyphgate::http {

/// Writes one JSON text from front to back.
class json_writer {
public:
  json_writer& object() {
    writer_.StartObject();
    return *this;
  }
  json_writer& end_object() {
    writer_.EndObject();
    return *this;
  }
  json_writer& array() {
    writer_.StartArray();
    return *this;
  }
  json_writer& end_array() {
    writer_.EndArray();
    return *this;
  }
  json_writer& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }

  json_writer& value(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return *this;
  }
  json_writer& value(const char* text) { return value(std::string_view{text}); }
  json_writer& value(bool flag) {
    writer_.Bool(flag);
    return *this;
  }
  template <class Integer, std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>, int> = 0>
  json_writer& value(Integer number) {
    if constexpr (std::is_signed_v<Integer>)
      writer_.Int64(number);
    else
      writer_.Uint64(number);
    return *this;
  }
  json_writer& value(timestamp t) { return value(to_rfc3339(t)); }
  json_writer& null() {
    writer_.Null();
    return *this;
  }
  template <class T>
  json_writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  /// Rounded to that many decimals, without trailing zeros.
  json_writer& rounded(double number, int decimals) {
    const double scale = std::pow(10.0, decimals);
    writer_.Double(std::round(number * scale) / scale);
    return *this;
  }

  /// That many millionths, exact, without trailing zeros.
  json_writer& millionths(std::uint64_t number) {
    std::string digits = std::to_string(number % 1'000'000);
    digits.insert(0, 6 - digits.size(), '0');
    digits.resize(std::max<std::size_t>(1, digits.find_last_not_of('0') + 1));
    const auto text = std::to_string(number / 1'000'000) + '.' + digits;
    writer_.RawValue(text.data(), text.size(), rapidjson::kNumberType);
    return *this;
  }

  template <class T>
  json_writer& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

} // namespace glyphgate::http
