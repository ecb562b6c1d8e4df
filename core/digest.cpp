#include "core/digest.hpp"

#include <openssl/evp.h>

#include <new>
#include <stdexcept>

namespace glyphgate {

struct digest_builder::context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~context() { EVP_MD_CTX_free(md); }
};

digest_builder::digest_builder() : context_{std::make_unique<context>()} {
  if (context_->md == nullptr || EVP_DigestInit_ex(context_->md, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc{};
}

digest_builder::~digest_builder() = default;

digest_builder& digest_builder::field(std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  std::array<unsigned char, 8> prefix{};
  for (std::size_t i = 0; i < prefix.size(); ++i)
    prefix[i] = static_cast<unsigned char>(size >> (8 * i));
  if (EVP_DigestUpdate(context_->md, prefix.data(), prefix.size()) != 1 ||
      EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()) != 1)
    throw std::runtime_error{"SHA-256 failed"};
  return *this;
}

digest_builder& digest_builder::field(const digest& d) {
  return field(std::string_view{reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()});
}

digest digest_builder::finish() {
  digest result;
  if (EVP_DigestFinal_ex(context_->md, result.bytes.data(), nullptr) != 1)
    throw std::runtime_error{"SHA-256 failed"};
  return result;
}

digest sha256(std::string_view bytes) {
  digest result;
  if (EVP_Digest(bytes.data(), bytes.size(), result.bytes.data(), nullptr, EVP_sha256(), nullptr) != 1)
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
