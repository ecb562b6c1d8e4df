#pragma once

#include "fake_vision/certificate.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace glyphgate::fake {

/// An HTTP answer in JSON.
struct answer {
  int status = 200;
  std::string body;
};

/// Hands out access tokens, to a service account that it has made up. Usable from any thread.
class token_desk {
public:
  explicit token_desk(std::chrono::seconds token_lifetime);

  /// The account's JSON file, whose token_uri is that one.
  std::string credentials_json(const std::string& token_uri) const;

  /// Answers a form posted to `token_uri`: checks the assertion's signature and claims.
  answer exchange(std::string_view form, const std::string& token_uri);
  /// What the metadata server answers.
  answer give();

  bool is_valid(const std::string& token) const;
  /// Every token handed out so far becomes invalid.
  void revoke_all();

private:
  using clock = std::chrono::steady_clock;

  const std::chrono::seconds token_lifetime_;
  const openssl_ptr<EVP_PKEY> key_;
  mutable std::mutex mutex_;
  std::map<std::string, clock::time_point> tokens_;
};

} // namespace glyphgate::fake
