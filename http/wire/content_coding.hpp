#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct z_stream_s;

namespace glyphgate::http {

/// Whether a client that sends this Accept-Encoding (RFC 9110, 12.5.3) prefers gzip to the plain form: it names gzip,
/// x-gzip or `*` with a weight above 0 that is not below that of `identity`. An empty field asks for nothing.
bool wants_gzip(std::string_view accept_encoding);

/// Whether packing saves more than it costs: a body of less than a packet or so travels as fast as it is.
constexpr bool is_worth_packing(std::string_view body) {
  return body.size() >= 1024;
}

/// The text in gzip's form (RFC 1952), without a time or a name, so that equal texts have equal forms; none when there
/// is not enough memory for it.
std::optional<std::string> gzipped(std::string_view text);

/// Packs a text into the same form that comes piece by piece. Holds about 256 KiB.
class gzip_packer {
public:
  /// Throws std::bad_alloc.
  gzip_packer();
  ~gzip_packer();
  gzip_packer(const gzip_packer&) = delete;
  gzip_packer& operator=(const gzip_packer&) = delete;

  /// What comes of the next piece; may be empty.
  std::string add(std::string_view piece);
  /// The end. Called once, and nothing afterwards.
  std::string finish();

private:
  std::string run(std::string_view piece, int flush);

  std::unique_ptr<z_stream_s> stream_;
};

} // namespace glyphgate::http
