#pragma once

#include "core/call.hpp"
#include "core/circuit_breaker.hpp"
#include "core/clock.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/sieve.hpp"
#include "core/stop_order.hpp"
#include "core/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace glyphgate {

/// Whoever waits for an answer of a state machine; the actor keeps the way back to it under this number.
using asker = std::uint64_t;

/// A question of the registry's that another actor answers.
using question = std::uint64_t;

/// What can happen to the registry. The first group comes from outside and is answered by `registry_command::answer`;
/// the others are the answers to its own commands, each exactly once.
namespace registry_event {

// A job is there for its owner only: for anybody else there is no job of that id.

struct submit {
  asker from = 0;
  std::shared_ptr<const job_spec> spec;
  /// What the store has room for, bytes of pictures.
  std::uint64_t store_room = std::numeric_limits<std::uint64_t>::max();
};
/// What would the job come to?
struct quote {
  asker from = 0;
  std::shared_ptr<const job_spec> spec;
  /// What the store has room for, bytes of pictures.
  std::uint64_t store_room = std::numeric_limits<std::uint64_t>::max();
};
struct get {
  asker from = 0;
  owner_name owner;
  job_id id;
};
/// Answered when the job ends, or at that time with the job as it is.
struct wait {
  asker from = 0;
  owner_name owner;
  job_id id;
  timestamp until;
};
/// One of those who wait for that job until that time has left: its `wait` is answered now, with the job as it is.
struct leave {
  job_id id;
  timestamp until;
};
/// Cancels a job that has not ended, forgets one that has.
struct cancel {
  asker from = 0;
  owner_name owner;
  job_id id;
};
/// No more calls to the engine; answered when that is durable.
struct stop_calls {
  asker from = 0;
  stop_order order;
};
/// Calls to the engine again; answered when that is durable.
struct resume_calls {
  asker from = 0;
  std::string by;
};
/// The engine's billing has news; answered when that is durable. If it stops the calls, then for that reason.
struct hear_budget {
  asker from = 0;
  budget_news news;
  std::string reason;
  bool refuses_jobs = false;
};
/// Others hold keys from now on, or have other limits. The limiter knows already.
struct keys_replaced {
  /// How many names hold one.
  std::size_t owners = 0;
};
/// Forgets what has expired.
struct sweep {};
/// Refuses new jobs from now on; answered when no call runs and all is durable, at the latest after the grace.
struct drain {
  asker from = 0;
  duration grace{};
};
/// It is `next_wake()` or later.
struct time_passed {};

/// To `recall`: what the store knows, or none when it cannot say.
struct recalled {
  question to = 0;
  std::optional<recognitions> known;
};
/// To `ask_store`.
struct store_told {
  question to = 0;
  bool works = true;
};
/// To `ask_breaker`.
struct breaker_told {
  question to = 0;
  breaker_status status;
};
/// To `reserve`, `check` and `claim`.
struct reserved {
  question to = 0;
  admission answer;
};
/// To `offer` and `record`: the verdicts once it is durable. None when the store refused an offer: nothing took effect.
struct stored {
  question to = 0;
  std::optional<glyphgate::verdicts> verdicts;
};
/// To `read_result`: the result, null when the store does not keep it; none when the store cannot say.
struct result_read {
  question to = 0;
  std::optional<std::shared_ptr<const job_result>> result;
};
/// To `annotate`.
struct call_ended {
  planned_call_ptr call;
  call_outcome_ptr outcome;
};
/// To `sift`.
struct sifted {
  question to = 0;
  sift_outcome_ptr outcome;
};
/// To `drain_pool`: nothing runs any more.
struct pool_drained {};

} // namespace registry_event

using any_registry_event =
    std::variant<registry_event::submit, registry_event::quote, registry_event::get, registry_event::wait,
                 registry_event::leave, registry_event::cancel, registry_event::stop_calls,
                 registry_event::resume_calls, registry_event::hear_budget, registry_event::keys_replaced,
                 registry_event::sweep, registry_event::drain, registry_event::time_passed, registry_event::recalled,
                 registry_event::store_told, registry_event::breaker_told, registry_event::reserved,
                 registry_event::stored, registry_event::result_read, registry_event::call_ended,
                 registry_event::sifted, registry_event::pool_drained, call_progress>;

} // namespace glyphgate
