#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace glyphgate {

/// A SHA-256 digest, 32 bytes.
struct digest {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const digest&, const digest&) = default;
};

/// Lower-case hexadecimal, 64 characters.
std::string to_hex(const digest& d);

/// The digest of `bytes`.
digest sha256(std::string_view bytes);

/// Digests bytes that come in pieces, as `sha256` does those that are there at once. Not thread-safe.
class sha256_stream {
public:
  sha256_stream();
  ~sha256_stream();
  sha256_stream(const sha256_stream&) = delete;
  sha256_stream& operator=(const sha256_stream&) = delete;

  sha256_stream& update(std::string_view bytes);
  /// The digest of what came so far; the stream takes no more afterwards.
  digest finish();

private:
  struct context;
  std::unique_ptr<context> context_;
};

/// Digests a sequence of fields so that no two different sequences feed the same bytes: each field is preceded by its
/// length. Not thread-safe.
class digest_builder {
public:
  digest_builder& field(std::string_view bytes);
  digest_builder& field(const digest& d);
  /// The digest of the fields so far; the builder takes no more afterwards.
  digest finish() { return stream_.finish(); }

private:
  sha256_stream stream_;
};

} // namespace glyphgate

template <>
struct std::hash<glyphgate::digest> {
  std::size_t operator()(const glyphgate::digest& d) const noexcept {
    std::size_t h;
    std::memcpy(&h, d.bytes.data(), sizeof h);
    return h;
  }
};
