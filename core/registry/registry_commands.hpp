#pragma once

#include "core/call.hpp"
#include "core/error.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/log_entry.hpp"
#include "core/quote.hpp"
#include "core/registry/registry_events.hpp"
#include "core/sieve.hpp"
#include "core/submission.hpp"
#include "core/transaction.hpp"

#include <memory>
#include <variant>
#include <vector>

namespace glyphgate {

/// What the registry wants done, in this order.
namespace registry_command {

/// To the store's reader: what was recognised before under those keys. What is being made durable may be missing in the
/// answer: see `recent_readings`.
struct recall {
  question as = 0;
  std::vector<digest> keys;
};
/// To the store: make it durable if you can, now.
struct offer {
  question as = 0;
  transactions_ptr unit;
};
/// To the store: this has happened. It is answered when it is durable, however long that takes.
struct record {
  question as = 0;
  transactions_ptr unit;
};
/// To the store's reader.
struct read_result {
  question as = 0;
  job_id id;
};
/// To the store: drop accepted jobs and closed spends from before that time.
struct sweep_spends {
  timestamp before;
};
/// To the store: did your latest commit succeed?
struct ask_store {
  question as = 0;
};
/// To the breaker: how are you?
struct ask_breaker {
  question as = 0;
};
/// To the limiter: take that from every window, or nothing.
struct reserve {
  question as = 0;
  demand wanted;
};
/// To the limiter: would it grant that now? Answered by `reserved`.
struct check {
  question as = 0;
  demand wanted;
};
/// To the limiter: may the call of that reservation, which was made a while ago, be begun for those who are aboard now?
/// Answered by `reserved`.
struct claim {
  question as = 0;
  reservation_id reservation = 0;
  std::vector<owner_name> payers{};
};
/// To the limiter: the job of that admission was not accepted after all.
struct revoke {
  admission granted;
};
/// To the limiter: the call of that reservation was, or may have been, made, at that price, which these pay.
struct settle {
  reservation_id reservation = 0;
  micro_dollars price = 0;
  std::vector<owner_share> payers;
};
/// To the limiter: nothing of that call left the process.
struct release {
  reservation_id reservation = 0;
};
/// To the pool.
struct annotate {
  planned_call_ptr call;
};
/// To the breaker: let no call through from now on, or let them through again.
struct hold_calls {
  bool held = false;
};
/// To the pool: what the attempt of that reservation came to is durable.
struct tell_recorded {
  reservation_id reservation = 0;
};
/// To the pool: nobody wants the call any more.
struct cancel_call {
  call_id id = 0;
};
/// To the pool: look at that portion of a job's pictures. Answered by `sifted`.
struct sift {
  question as = 0;
  sift_request_ptr portion;
};
/// To the pool: nobody wants that portion any more. It is answered all the same, soon.
struct cancel_sift {
  question as = 0;
};
/// To the pool.
struct drain_pool {
  duration grace{};
};
/// To whoever asked; exactly once for each question from outside.
struct answer {
  asker to = 0;
  std::variant<submission, quote, std::shared_ptr<const job_view>, std::monostate, ec> with;
};

} // namespace registry_command

using any_registry_command =
    std::variant<registry_command::recall, registry_command::offer, registry_command::record,
                 registry_command::read_result, registry_command::sweep_spends, registry_command::ask_store,
                 registry_command::ask_breaker, registry_command::reserve, registry_command::check,
                 registry_command::claim, registry_command::revoke, registry_command::settle, registry_command::release,
                 registry_command::annotate, registry_command::hold_calls, registry_command::tell_recorded,
                 registry_command::cancel_call, registry_command::sift, registry_command::cancel_sift,
                 registry_command::drain_pool, registry_command::answer, log_entry>;

} // namespace glyphgate
