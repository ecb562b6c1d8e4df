#include "http/wire/content_coding.hpp"

#include "http/wire/text.hpp"
#include "http/wire/weight.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace glyphgate::http {

namespace {

bool begin_gzip(z_stream& stream) {
  constexpr int level = 6;
  constexpr int window_bits_for_gzip = 15 + 16;
  constexpr int memory_level = 8;
  return deflateInit2(&stream, level, Z_DEFLATED, window_bits_for_gzip, memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
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
  z_stream stream{};
  if (!begin_gzip(stream))
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

gzip_packer::gzip_packer() : stream_{std::make_unique<z_stream>()} {
  if (!begin_gzip(*stream_))
    throw std::bad_alloc{};
}

gzip_packer::~gzip_packer() {
  deflateEnd(stream_.get());
}

std::string gzip_packer::add(std::string_view piece) {
  return run(piece, Z_NO_FLUSH);
}

std::string gzip_packer::finish() {
  return run({}, Z_FINISH);
}

std::string gzip_packer::run(std::string_view piece, int flush) {
  std::string packed;
  std::array<char, 16384> room;
  // zlib does not write there.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_->avail_in = static_cast<uInt>(piece.size());
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(room.data());
    stream_->avail_out = static_cast<uInt>(room.size());
    deflate(stream_.get(), flush);
    packed.append(room.data(), room.size() - stream_->avail_out);
  } while (stream_->avail_out == 0);
  return packed;
}

} // namespace glyphgate::http
