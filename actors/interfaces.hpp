#pragma once

#include "core/call.hpp"
#include "core/circuit_breaker.hpp"
#include "core/error.hpp"
#include "core/job.hpp"
#include "core/kept_pictures.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/pool/vision_pool_state.hpp"
#include "core/quote.hpp"
#include "core/recognition.hpp"
#include "core/registry/job_table.hpp"
#include "core/sieve.hpp"
#include "core/submission.hpp"
#include "core/transaction.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

/// Every protocol between actors. Each message is immutable; large ones travel behind a shared pointer.

namespace glyphgate {

using job_spec_ptr = std::shared_ptr<const job_spec>;
using job_result_ptr = std::shared_ptr<const job_result>;
using kept_pictures_ptr = std::shared_ptr<const kept_pictures>;
using digests_ptr = std::shared_ptr<const std::vector<digest>>;
using job_view_ptr = std::shared_ptr<const job_view>;
using account_entries = std::shared_ptr<const std::vector<account_entry>>;
using owner_shares = std::vector<owner_share>;
using job_page_ptr = std::shared_ptr<const job_page>;

/// What was asked for is done; there is nothing to tell.
struct acknowledged {};

/// An `ec` as CAF's error, and back: `ec::internal` for errors of CAF's own.
caf::error make_error(ec code);
ec code_of(const caf::error& e);

using acquire_atom = caf::atom_constant<caf::atom("acquire")>;
using annotate_atom = caf::atom_constant<caf::atom("annotate")>;
using cancel_atom = caf::atom_constant<caf::atom("cancel")>;
using check_atom = caf::atom_constant<caf::atom("check")>;
using claim_atom = caf::atom_constant<caf::atom("claim")>;
using commit_atom = caf::atom_constant<caf::atom("commit")>;
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;
using get_atom = caf::atom_constant<caf::atom("get")>;
using keys_atom = caf::atom_constant<caf::atom("keys")>;
using limits_atom = caf::atom_constant<caf::atom("limits")>;
using hold_atom = caf::atom_constant<caf::atom("hold")>;
using resume_atom = caf::atom_constant<caf::atom("resume")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using budget_atom = caf::atom_constant<caf::atom("budget")>;
using accounts_atom = caf::atom_constant<caf::atom("accounts")>;
using leave_atom = caf::atom_constant<caf::atom("leave")>;
using list_atom = caf::atom_constant<caf::atom("list")>;
using pictures_atom = caf::atom_constant<caf::atom("pictures")>;
using recorded_atom = caf::atom_constant<caf::atom("recorded")>;
using record_atom = caf::atom_constant<caf::atom("record")>;
using quote_atom = caf::atom_constant<caf::atom("quote")>;
using read_atom = caf::atom_constant<caf::atom("read")>;
using recall_atom = caf::atom_constant<caf::atom("recall")>;
using release_atom = caf::atom_constant<caf::atom("release")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using reserve_atom = caf::atom_constant<caf::atom("reserve")>;
using revoke_atom = caf::atom_constant<caf::atom("revoke")>;
using settle_atom = caf::atom_constant<caf::atom("settle")>;
using sift_atom = caf::atom_constant<caf::atom("sift")>;
using stats_atom = caf::atom_constant<caf::atom("stats")>;
using status_atom = caf::atom_constant<caf::atom("status")>;
using submit_atom = caf::atom_constant<caf::atom("submit")>;
using sweep_atom = caf::atom_constant<caf::atom("sweep")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;
using usage_atom = caf::atom_constant<caf::atom("usage")>;
using wait_atom = caf::atom_constant<caf::atom("wait")>;

/// Owns the windows and the open reservations.
using rate_limiter_actor = caf::typed_actor<
    // Takes jobs and calls from every window, or nothing.
    caf::replies_to<reserve_atom, demand>::with<admission>,
    // What that would be answered; takes nothing.
    caf::replies_to<check_atom, demand>::with<admission>,
    // Whether the call of a reservation that was made a while ago may be begun for those who pay for it.
    caf::replies_to<claim_atom, reservation_id, std::vector<owner_name>>::with<admission>,
    // The job of that admission was not accepted after all.
    caf::reacts_to<revoke_atom, admission>,
    // The call of that reservation was, or may have been, made.
    caf::reacts_to<settle_atom, reservation_id, micro_dollars, owner_shares>,
    // Nothing of that call left the process.
    caf::reacts_to<release_atom, reservation_id>, caf::replies_to<usage_atom, owner_name>::with<limiter_usage>,
    // From now on these are the limits by name.
    caf::reacts_to<limits_atom, owner_limits>>;

/// Owns the breaker.
using circuit_breaker_actor = caf::typed_actor<caf::replies_to<acquire_atom>::with<permit_answer>,
                                               // What became of that call.
                                               caf::reacts_to<report_atom, call_permit, call_report>,
                                               caf::replies_to<status_atom>::with<breaker_status>,
                                               // Lets no call through from now on, or lets them through again.
                                               caf::reacts_to<hold_atom, bool>>;

/// Owns the store; commits units in the order in which they come, those that wait in its mailbox together. Detached, as
/// it blocks. Each of its answers is certain while it lives.
using store_writer_actor = caf::typed_actor<
    // All of it is durable, with a verdict for each transaction, or ec::store_unavailable: nothing took effect.
    caf::replies_to<commit_atom, transactions_ptr>::with<verdicts>,
    // It has happened: answered when it is durable, however long that takes.
    caf::replies_to<record_atom, transactions_ptr>::with<verdicts>,
    // Drops accepted jobs and closed spends from before that time.
    caf::reacts_to<sweep_atom, timestamp>,
    // The store could not be read, and why.
    caf::reacts_to<report_atom, std::string>,
    // Whether the latest commit succeeded.
    caf::replies_to<status_atom>::with<bool>,
    // Commits what has gathered; sent to itself.
    caf::reacts_to<flush_atom>, caf::reacts_to<tick_atom>>;

/// Reads the store beside the writer: what was known to be durable before the question is in the answer, what is made
/// durable meanwhile may be. Detached, as it blocks. Each of its answers is certain while it lives.
using store_reader_actor = caf::typed_actor<
    // What was recognised before under those keys, null where nothing was, or ec::store_unavailable.
    caf::replies_to<recall_atom, digests_ptr>::with<recognitions>,
    // A job's result, null when it is not kept, or ec::store_unavailable.
    caf::replies_to<read_atom, job_id>::with<job_result_ptr>,
    // The pictures that a job keeps, null when it keeps none, or ec::store_unavailable.
    caf::replies_to<pictures_atom, job_id>::with<kept_pictures_ptr>,
    // What each owner used between those times, or ec::store_unavailable.
    caf::replies_to<accounts_atom, timestamp, timestamp>::with<account_entries>>;

/// Listens to attempts that are under way.
using progress_actor = caf::typed_actor<caf::reacts_to<call_progress>>;

/// Owns one engine; reads one call at a time. Detached, as it blocks.
using vision_worker_actor = caf::typed_actor<
    // Begins the attempt durably, then calls the engine, which ends soon after a stop is requested.
    caf::replies_to<annotate_atom, planned_call_ptr, progress_actor, std::stop_token>::with<call_outcome_ptr>,
    caf::reacts_to<tick_atom>>;

/// Owns one sieve; looks at one portion at a time. Detached, as it blocks.
using sieve_worker_actor = caf::typed_actor<
    // Ends soon after a stop is requested. Never answers with an error.
    caf::replies_to<sift_atom, sift_request_ptr, std::stop_token>::with<sift_outcome_ptr>, caf::reacts_to<tick_atom>>;

/// Owns the queue of planned calls, and the workers.
using vision_pool_actor = caf::typed_actor<
    // Answers when the call was made, or ended without being made. Never answers with an error.
    caf::replies_to<annotate_atom, planned_call_ptr, progress_actor>::with<call_outcome_ptr>,
    // Gives the call up: at once where it waits, soon where it runs.
    caf::reacts_to<cancel_atom, call_id>,
    // What the attempt of that reservation came to is durable.
    caf::reacts_to<recorded_atom, reservation_id>,
    // Has that portion looked at; the number is the asker's own. Never answers with an error.
    caf::replies_to<sift_atom, std::uint64_t, sift_request_ptr>::with<sift_outcome_ptr>,
    // Gives that portion up: it is answered soon.
    caf::reacts_to<cancel_atom, sift_atom, std::uint64_t>,
    // Starts no more calls; answers when none runs. After the grace, running ones are stopped.
    caf::replies_to<drain_atom, duration>::with<acknowledged>, caf::reacts_to<tick_atom>,
    caf::replies_to<stats_atom>::with<pool_stats>>;

/// Owns every job.
using job_registry_actor = progress_actor::extend<
    caf::replies_to<submit_atom, job_spec_ptr>::with<submission>,
    // What that would be answered, and would cost; changes nothing.
    caf::replies_to<quote_atom, job_spec_ptr>::with<quote>,
    // ec::job_not_found when that owner has no such job.
    caf::replies_to<get_atom, owner_name, job_id>::with<job_view_ptr>,
    // Answers when the job ends, or with the job as it is at the deadline.
    caf::replies_to<wait_atom, owner_name, job_id, timestamp>::with<job_view_ptr>,
    // One who waits for that job until that time has left: its wait is answered now, with the job as it is.
    caf::reacts_to<leave_atom, job_id, timestamp>,
    // Cancels a job that has not ended, forgets one that has.
    caf::replies_to<cancel_atom, owner_name, job_id>::with<acknowledged>,
    caf::replies_to<list_atom, job_filter>::with<job_page_ptr>, caf::replies_to<stats_atom>::with<registry_stats>,
    // No more calls to the engine, or again; answered when that is durable.
    caf::replies_to<stop_atom, stop_order>::with<acknowledged>,
    caf::replies_to<resume_atom, std::string>::with<acknowledged>,
    // News of the engine's billing, which may stop the calls for that reason, and have new jobs refused.
    caf::replies_to<budget_atom, budget_news, std::string, bool>::with<acknowledged>,
    // So many names hold keys from now on, or have other limits. The limiter was told before.
    caf::reacts_to<keys_atom, std::uint64_t>,
    // Forgets what has expired.
    caf::reacts_to<sweep_atom>, caf::reacts_to<tick_atom>,
    // Refuses new jobs from now on; answers, at the latest after the grace, when no call runs and all is durable.
    caf::replies_to<drain_atom, duration>::with<acknowledged>>;

/// Sends `(sweep)` at its interval.
using cleanup_timer_actor = caf::typed_actor<caf::reacts_to<tick_atom>>;

} // namespace glyphgate

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::job_spec_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::job_view_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::job_page_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::planned_call_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::call_outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::sift_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::sift_outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::transactions_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::verdicts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::job_result_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::kept_pictures_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::recognitions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::digests_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::stop_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::acknowledged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::admission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::demand)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::stop_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::budget_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::account_entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::owner_shares)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::owner_limits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::limiter_usage)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::call_permit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::permit_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::call_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::breaker_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::call_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::pool_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::submission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::quote)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::job_filter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::registry_stats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::timestamp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glyphgate::duration)
