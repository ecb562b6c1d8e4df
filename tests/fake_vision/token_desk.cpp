#include "fake_vision/token_desk.hpp"

#include "core/base64.hpp"

#include <openssl/rand.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace glyphgate::fake {

namespace {

constexpr std::string_view email = "glyphgate@fake-project.iam.gserviceaccount.com";
constexpr std::string_view grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::int64_t clock_skew_seconds = 300, longest_seconds = 3600;

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0'), hex;
  RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes));
  for (const char c : random) {
    const auto byte = static_cast<unsigned char>(c);
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

/// Decodes base64 for URLs, without padding; nothing when it is not.
std::optional<std::string> decode_base64url(std::string_view text) {
  std::string padded{text};
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  return decode_base64(padded);
}

std::string form_field(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    if (!pair.starts_with(name) || pair.size() <= name.size() || pair[name.size()] != '=')
      continue;
    std::string value;
    for (auto rest = pair.substr(name.size() + 1); !rest.empty();) {
      if (rest[0] == '%' && rest.size() > 2) {
        value += static_cast<char>(std::strtol(std::string{rest.substr(1, 2)}.c_str(), nullptr, 16));
        rest.remove_prefix(3);
      } else {
        value += rest[0] == '+' ? ' ' : rest[0];
        rest.remove_prefix(1);
      }
    }
    return value;
  }
  return {};
}

answer refusal(std::string_view error, std::string_view description) {
  return {400, "{\"error\":\"" + std::string{error} + "\",\"error_description\":\"" + std::string{description} + "\"}"};
}

bool verifies(EVP_PKEY* key, std::string_view text, const std::string& signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good =
      EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

/// What is wrong with an assertion (RFC 7523, 3); nothing when it is good.
std::optional<std::string_view> refuse(EVP_PKEY* key, std::string_view assertion, const std::string& token_uri) {
  const auto first = assertion.find('.'), last = assertion.rfind('.');
  if (first == std::string_view::npos || first == last)
    return "Invalid JWT: it has not three parts.";
  const auto header = decode_base64url(assertion.substr(0, first));
  const auto claims = decode_base64url(assertion.substr(first + 1, last - first - 1));
  const auto signature = decode_base64url(assertion.substr(last + 1));
  if (!header || !claims || !signature)
    return "Invalid JWT: bad base64url.";
  rapidjson::Document head, body;
  head.Parse(header->c_str());
  body.Parse(claims->c_str());
  if (head.HasParseError() || !head.IsObject() || body.HasParseError() || !body.IsObject())
    return "Invalid JWT: bad JSON.";
  const auto text = [](const rapidjson::Document& from, const char* name) -> std::string {
    return from.HasMember(name) && from[name].IsString() ? from[name].GetString() : "";
  };
  const auto number = [&](const char* name) -> std::int64_t {
    return body.HasMember(name) && body[name].IsInt64() ? body[name].GetInt64() : 0;
  };

  if (text(head, "alg") != "RS256" || text(head, "typ") != "JWT")
    return "Invalid JWT: alg is not RS256.";
  if (!verifies(key, assertion.substr(0, last), *signature))
    return "Invalid JWT Signature.";
  if (text(body, "iss") != email)
    return "Invalid grant: account not found.";
  if (text(body, "aud") != token_uri)
    return "Invalid JWT: Failed audience check.";
  const auto scope = text(body, "scope");
  if (scope != "https://www.googleapis.com/auth/cloud-vision" &&
      scope != "https://www.googleapis.com/auth/cloud-platform")
    return "Invalid OAuth scope.";
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const auto issued = number("iat"), ends = number("exp");
  if (issued > now + clock_skew_seconds || ends < now - clock_skew_seconds || ends <= issued ||
      ends > issued + longest_seconds)
    return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
  return std::nullopt;
}

} // namespace

token_desk::token_desk(std::chrono::seconds token_lifetime) : token_lifetime_{token_lifetime}, key_{make_rsa_key()} {}

std::string token_desk::credentials_json(const std::string& token_uri) const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  const auto member = [&](const char* name, const std::string& value) {
    writer.Key(name);
    writer.String(value.c_str());
  };
  writer.StartObject();
  member("type", "service_account");
  member("project_id", "fake-project");
  member("private_key_id", "fake-key");
  member("private_key", private_key_pem(key_.get()));
  member("client_email", std::string{email});
  member("token_uri", token_uri);
  writer.EndObject();
  return buffer.GetString();
}

answer token_desk::exchange(std::string_view form, const std::string& token_uri) {
  if (form_field(form, "grant_type") != grant_type)
    return refusal("unsupported_grant_type", "Invalid grant_type.");
  if (const auto wrong = refuse(key_.get(), form_field(form, "assertion"), token_uri))
    return refusal("invalid_grant", *wrong);
  return give();
}

answer token_desk::give() {
  const auto token = "fake-token-" + random_hex(16);
  {
    const std::lock_guard lock{mutex_};
    tokens_[token] = clock::now() + token_lifetime_;
  }
  return {200, "{\"access_token\":\"" + token + "\",\"expires_in\":" + std::to_string(token_lifetime_.count()) +
                   ",\"token_type\":\"Bearer\"}"};
}

bool token_desk::is_valid(const std::string& token) const {
  const std::lock_guard lock{mutex_};
  const auto found = tokens_.find(token);
  return found != tokens_.end() && clock::now() < found->second;
}

void token_desk::revoke_all() {
  const std::lock_guard lock{mutex_};
  tokens_.clear();
}

} // namespace glyphgate::fake
