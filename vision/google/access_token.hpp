#pragma once

#include "core/call.hpp"
#include "core/clock.hpp"
#include "core/secret.hpp"
#include "vision/google/credentials.hpp"
#include "vision/google/http_transfer.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <variant>

namespace glyphgate::vision {

/// What Google lets in, for an hour or so.
struct access_token {
  secret value;
  /// Counts the tokens of one source, from 1.
  std::uint64_t generation = 0;
  timestamp renew_at;
};

/// The signed assertion that a service account's token is asked with (RFC 7523), issued at `now`, calendar time, for
/// an hour. Throws std::bad_alloc when OpenSSL cannot sign.
secret make_assertion(const service_account& account, std::chrono::sys_seconds now);

/// Gets access tokens and shares the current one among all workers. A token is renewed a minute before its end, by one
/// worker while the others wait. Usable from any thread.
class access_token_source {
public:
  /// `credentials` is a service account or the metadata server; `now` times the tokens' ends.
  access_token_source(google_credentials credentials, clock_fn now);

  /// The current token, or a new one got over the caller's `transfer`; else why there is none: engine_unavailable,
  /// account_refused when the credentials are refused, or cancelled; never sent.
  std::variant<std::shared_ptr<const access_token>, call_failure> get(http_transfer& transfer,
                                                                      const std::stop_token& stop);

  /// A call with the token of this generation was let in.
  void accepted(std::uint64_t generation);

  /// A call with it was answered 401: it is not given out again. True when the token before it was refused too, so that
  /// yet another will not help.
  bool refused(std::uint64_t generation);

private:
  using fetched = std::variant<access_token, call_failure>;
  fetched fetch(http_transfer& transfer, const std::stop_token& stop) const;
  fetched read_answer(const http_response& response, timestamp asked_at, std::string_view assertion) const;

  const google_credentials credentials_;
  const clock_fn now_;
  std::mutex mutex_;
  std::condition_variable_any renewed_;
  bool renewing_ = false;
  std::shared_ptr<const access_token> current_;
  std::uint64_t generations_ = 0;
  std::uint64_t last_refused_ = 0;
  std::uint32_t refused_in_a_row_ = 0;
};

} // namespace glyphgate::vision
