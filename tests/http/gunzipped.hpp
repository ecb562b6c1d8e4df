#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>

namespace glyphgate::http::test {

/// What a text in gzip's form holds. Throws std::runtime_error when it is not one whole.
inline std::string gunzipped(std::string packed) {
  z_stream stream{};
  constexpr int only_gzip = 15 + 16;
  if (inflateInit2(&stream, only_gzip) != Z_OK)
    throw std::runtime_error{"zlib"};
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK) {
    char part[16384];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(part, sizeof part - stream.avail_out);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole)
    throw std::runtime_error{"no gzip"};
  return text;
}

} // namespace glyphgate::http::test
