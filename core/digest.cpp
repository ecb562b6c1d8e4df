#include "core/digest.hpp"

#include <openssl/evp.h>

#include <new>
#include <stdexcept>

namespace glyphgate {

struct sha256_stream::context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~context() { EVP_MD_CTX_free(md); }
};

sha256_stream::sha256_stream() : context_{std::make_unique<context>()} {
  if (context_->md == nullptr || EVP_DigestInit_ex(context_->md, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc{};
}

sha256_stream::~sha256_stream() = default;

sha256_stream& sha256_stream::update(std::string_view bytes) {
  if (EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()) != 1)
    throw std::runtime_error{"SHA-256 failed"};
  return *this;
}

digest sha256_stream::finish() {
  digest result;
  if (EVP_DigestFinal_ex(context_->md, result.bytes.data(), nullptr) != 1)
    throw std::runtime_error{"SHA-256 failed"};
  return result;
}

digest_builder& digest_builder::field(std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  std::array<char, 8> prefix{};
  for (std::size_t i = 0; i < prefix.size(); ++i)
    prefix[i] = static_cast<char>(size >> (8 * i));
  stream_.update({prefix.data(), prefix.size()}).update(bytes);
  return *this;
}

digest_builder& digest_builder::field(const digest& d) {
  return field(std::string_view{reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()});
}

digest sha256(std::string_view bytes) {
  // Looked up once: that takes OpenSSL longer than to digest a short text.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  digest result;
  if (EVP_Digest(bytes.data(), bytes.size(), result.bytes.data(), nullptr, algorithm, nullptr) != 1)
    throw std::runtime_error{"SHA-256 failed"};
  return result;
}

std::string to_hex(const digest& d) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * d.bytes.size());
  for (const auto byte : d.bytes) {
    hex.push_back(digits[byte >> 4]);
    hex.push_back(digits[byte & 15]);
  }
  return hex;
}

} // namespace glyphgate
