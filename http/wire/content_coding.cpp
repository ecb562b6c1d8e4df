#include "http/wire/content_coding.hpp"

#include "http/wire/text.hpp"

#include <zlib.h>

#include <algorithm>

namespace glyphgate::http {

namespace {

// Weights are thousandths; none when it is malformed (RFC 9110, 12.4.2).
std::optional<int> weight_of(std::string_view member) {
  const auto semicolon = member.find(';');
  if (semicolon == std::string_view::npos)
    return 1000;
  const auto parameter = trim(member.substr(semicolon + 1));
  if (parameter.size() < 3 || parameter.size() > 7 || (parameter[0] != 'q' && parameter[0] != 'Q') ||
      parameter[1] != '=')
    return std::nullopt;
  const auto digits = parameter.substr(2);
  if ((digits[0] != '0' && digits[0] != '1') || (digits.size() > 1 && digits[1] != '.'))
    return std::nullopt;
  int weight = (digits[0] - '0') * 1000;
  int unit = 100;
  for (const char c : digits.substr(std::min<std::size_t>(2, digits.size()))) {
    if (c < '0' || c > '9')
      return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= 1000 ? std::optional{weight} : std::nullopt;
}

} // namespace

bool wants_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  for (const auto member : split_list(accept_encoding)) {
    const auto weight = weight_of(member);
    if (!weight)
      continue;
    const auto coding = field_value(member);
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
      gzip = std::max(gzip.value_or(0), *weight);
    else if (equal_ignoring_case(coding, "identity"))
      identity = weight;
    else if (coding == "*")
      any = weight;
  }
  const int wish = gzip ? *gzip : any.value_or(0);
  // Unless it is named, the plain form is as good as the least that is asked for.
  return wish > 0 && wish >= identity.value_or(0);
}

std::optional<std::string> gzipped(std::string_view text) {
  constexpr int level = 6;
  constexpr int window_bits_for_gzip = 15 + 16;
  constexpr int memory_level = 8;
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, window_bits_for_gzip, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // zlib does not write there.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return whole ? std::optional{std::move(packed)} : std::nullopt;
}

} // namespace glyphgate::http
