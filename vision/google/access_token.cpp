#include "vision/google/access_token.hpp"

#include "core/base64.hpp"
#include "vision/google/failures.hpp"
#include "vision/google/json.hpp"
#include "vision/google/text_body.hpp"

#include <openssl/evp.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace glyphgate::vision {

namespace {

using namespace std::chrono_literals;

constexpr char scope[] = "https://www.googleapis.com/auth/cloud-vision";
constexpr std::chrono::seconds assertion_lifetime = 1h, renewal_margin = 60s, longest_lifetime = 24h;
constexpr std::size_t max_answer_bytes = 64 * 1024;
constexpr std::chrono::milliseconds timeout = 30s, connect_timeout = 10s;
constexpr std::chrono::seconds after_throttling = 30s;
// A longer wait than any limit of Google's asks for is a mistake.
constexpr std::chrono::seconds longest_wait = 3600s;

std::string json_of(std::initializer_list<std::pair<const char*, std::string_view>> texts,
                    std::initializer_list<std::pair<const char*, std::int64_t>> numbers = {}) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  writer.StartObject();
  for (const auto& [name, value] : texts)
    if (!value.empty()) {
      writer.Key(name);
      writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    }
  for (const auto& [name, value] : numbers) {
    writer.Key(name);
    writer.Int64(value);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

/// RS256 (RFC 7518, 3.3).
std::string sign(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  auto size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
    throw std::bad_alloc{};
  signature.resize(size);
  return signature;
}

call_failure unsent(ec code, std::string detail, std::optional<duration> retry_after = {}) {
  return {code, std::move(detail), false, retry_after, false};
}

/// What an error of the token endpoint says (RFC 6749, 5.2), or nothing.
std::string said(const rapidjson::Value& document, std::string_view assertion) {
  std::string text;
  for (const auto* name : {"error", "error_description"})
    if (const auto part = string_member(document, name); !part.empty())
      text += ": " + presentable(part, {assertion});
  return text;
}

/// Whether a token can stand in a header.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

} // namespace

secret make_assertion(const service_account& account, std::chrono::sys_seconds now) {
  const auto issued = now.time_since_epoch().count();
  auto assertion = base64url(json_of({{"alg", "RS256"}, {"typ", "JWT"}, {"kid", account.private_key_id}}));
  assertion += '.';
  assertion += base64url(json_of({{"iss", account.client_email}, {"scope", scope}, {"aud", account.token_uri}},
                                 {{"iat", issued}, {"exp", issued + assertion_lifetime.count()}}));
  const auto signature = base64url(sign(account.private_key.get(), assertion));
  assertion += '.';
  assertion += signature;
  return secret{assertion};
}

access_token_source::access_token_source(google_credentials credentials, clock_fn now)
    : credentials_{std::move(credentials)},
      now_{std::move(now)} {}

std::variant<std::shared_ptr<const access_token>, call_failure> access_token_source::get(http_transfer& transfer,
                                                                                         const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  if (!renewed_.wait(lock, stop, [this] { return !renewing_; }))
    return unsent(ec::cancelled, "stopped while an access token was asked for");
  if (current_ && now_() < current_->renew_at)
    return current_;

  renewing_ = true;
  lock.unlock();
  std::optional<fetched> result;
  const auto done = [&] {
    lock.lock();
    renewing_ = false;
    renewed_.notify_all();
  };
  try {
    result = fetch(transfer, stop);
  } catch (...) {
    done();
    throw;
  }
  done();
  if (auto* failed = std::get_if<call_failure>(&*result))
    return std::move(*failed);
  auto& token = std::get<access_token>(*result);
  token.generation = ++generations_;
  current_ = std::make_shared<const access_token>(std::move(token));
  return current_;
}

void access_token_source::accepted(std::uint64_t generation) {
  const std::lock_guard lock{mutex_};
  if (generation > last_refused_)
    refused_in_a_row_ = 0;
}

bool access_token_source::refused(std::uint64_t generation) {
  const std::lock_guard lock{mutex_};
  // Several workers may have used one token.
  if (generation > last_refused_) {
    last_refused_ = generation;
    ++refused_in_a_row_;
    if (current_ && current_->generation == generation)
      current_.reset();
  }
  return refused_in_a_row_ > 1;
}

access_token_source::fetched access_token_source::fetch(http_transfer& transfer, const std::stop_token& stop) const {
  http_request request;
  request.timeout = timeout;
  request.connect_timeout = connect_timeout;
  request.max_response_bytes = max_answer_bytes;
  secret assertion;
  secret form;
  std::optional<text_body> body;
  if (const auto* account = std::get_if<service_account>(&credentials_)) {
    assertion = make_assertion(*account, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    form = secret{"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
                  std::string{assertion.reveal()}};
    body.emplace(form.reveal());
    request.url = account->token_uri;
    request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
    request.body = &*body;
  } else {
    request.url = "http://" + std::get<metadata_server>(credentials_).host +
                  "/computeMetadata/v1/instance/service-accounts/default/token";
    request.headers.emplace_back("Metadata-Flavor: Google");
    request.direct = true;
  }

  const auto asked_at = now_();
  auto outcome = transfer.perform(request, stop);
  if (const auto* failed = std::get_if<transfer_failure>(&outcome)) {
    if (failed->cancelled)
      return unsent(ec::cancelled, "stopped while an access token was asked for");
    return unsent(ec::engine_unavailable, "no access token for Google Vision: " + presentable(failed->detail));
  }
  auto& response = std::get<http_response>(outcome);
  auto result = read_answer(response, asked_at, assertion.reveal());
  OPENSSL_cleanse(response.body.data(), response.body.size());
  return result;
}

access_token_source::fetched access_token_source::read_answer(const http_response& response, timestamp asked_at,
                                                              std::string_view assertion) const {
  using namespace rapidjson;
  Document document;
  document.Parse<kParseIterativeFlag | kParseValidateEncodingFlag>(response.body.data(), response.body.size());
  if (document.HasParseError())
    document.SetNull();

  const auto status = response.status;
  const auto detail = "no access token for Google Vision: " +
                      (std::holds_alternative<service_account>(credentials_) ? std::string{"the token server answered "}
                                                                             : "the metadata server answered ") +
                      std::to_string(status) + said(document, assertion);
  std::optional<duration> told;
  if (response.retry_after)
    told = std::min(*response.retry_after, longest_wait);
  if (status == 429)
    return unsent(ec::engine_unavailable, detail, std::max<duration>(after_throttling, told.value_or(0s)));
  if (status >= 400 && status < 500 && status != 408)
    return unsent(ec::account_refused, detail);
  if (status != 200)
    return unsent(ec::engine_unavailable, detail, told);

  if (response.cut)
    return unsent(ec::engine_unavailable, detail + " with more than " + std::to_string(max_answer_bytes) + " bytes");
  const auto value = string_member(document, "access_token");
  const auto* lifetime = member(document, "expires_in");
  if (!is_token(value) || lifetime == nullptr || !lifetime->IsNumber() || !(lifetime->GetDouble() > 0))
    return unsent(ec::engine_unavailable, detail + " without a token");
  const auto seconds = std::min(lifetime->GetDouble(), static_cast<double>(longest_lifetime.count()));
  const auto lives = std::chrono::duration_cast<duration>(std::chrono::duration<double>{seconds});
  return access_token{secret{value}, 0, asked_at + lives - std::min<duration>(renewal_margin, lives / 2)};
}

} // namespace glyphgate::vision
