#pragma once

#include "core/agenda.hpp"
#include "core/config.hpp"
#include "core/engine_description.hpp"
#include "core/ids.hpp"
#include "core/picture.hpp"
#include "core/registry/call_book.hpp"
#include "core/registry/job_table.hpp"
#include "core/registry/recent_readings.hpp"
#include "core/registry/registry_commands.hpp"
#include "core/registry/request_keys.hpp"
#include "core/retry_delay.hpp"
#include "core/sieve.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate {

/// Splits pictures into calls: for each call the positions of its pictures, ascending.
using plan_calls_fn = std::function<std::vector<picture_indices>(const std::vector<picture>&)>;

/// How jobs share calls.
struct call_sharing {
  /// Whether pictures of several jobs may share a call. Where not, each job has calls of its own, and only a picture
  /// that is under way already is not sent again.
  bool on = false;
  fits_fn fits = [](const extent&) { return false; };
  /// So many calls are with the pool at most; others wait, and go on filling.
  std::size_t workers = std::numeric_limits<std::size_t>::max();
  /// Whether pictures of several owners may share a call.
  bool among_owners = false;
};

/// What looks at pictures before they are packed into calls.
struct sieve_setup {
  /// What to look for in every job; near-duplicates only where the job says so.
  sieve_options options{};
  /// So many portions are with the pool at most; 0 where there is no sieve.
  std::size_t places = 0;
};

/// What the registry is given at its start.
struct registry_setup {
  job_config jobs;
  plan_calls_fn plan_calls;
  job_id_source ids;
  jitter_source jitter;
  engine_description engine{};
  call_sharing sharing{};
  sieve_setup sieve{};
  /// How many names hold keys; 0 where there are none.
  std::size_t owners = 0;
};

/// What the registry has noted to do later.
namespace registry_task {
/// The job's admission has taken too long.
struct refuse_late {
  job_id id;
  /// The process was not running when it was due: answers that lie in the mailbox come first.
  bool after_pause = false;
};
/// A call that is filling departs.
struct depart {
  call_id call = 0;
};
/// The call's next attempt is due.
struct dispatch {
  call_attempt call;
};
/// The call's reservation is an earlier process's, and may fit the window's limit now.
struct claim {
  call_attempt call;
  /// Why it had none.
  std::string denied_before{};
};
/// The call's next attempt may find room in the window.
struct reserve_again {
  call_attempt call;
};
/// The job has waited long enough for the engine that it was accepted for.
struct adopt {
  job_id id;
};
/// The limits may have room for the job that is first in that owner's line.
struct try_line {
  owner_name owner;
  /// Which of its waits this ends; a wait that was cut short is over.
  std::uint64_t wait = 0;
};
/// The job has waited in line as long as it may.
struct give_up {
  job_id id;
};
/// A client's waiting time is over.
struct answer_late {
  job_id id;
};
/// The stop's time is over.
struct end_drain {};
} // namespace registry_task

using any_registry_task =
    std::variant<registry_task::refuse_late, registry_task::depart, registry_task::dispatch, registry_task::claim,
                 registry_task::reserve_again, registry_task::adopt, registry_task::try_line, registry_task::give_up,
                 registry_task::answer_late, registry_task::end_drain>;

/// After how long to ask a store again that has failed.
constexpr duration store_delay = std::chrono::seconds{1};

/// After how long to ask again for what the limiter has denied: a refund may make room before a spend leaves the
/// window.
duration wait_for_room(const admission& denied);

/// What the registry's parts share during a step. Owned by the registry's state.
struct registry_core {
  explicit registry_core(registry_setup s)
      : setup{std::move(s)},
        jobs{setup.jobs, setup.engine.call_price, setup.engine.name},
        calls{setup.sharing.fits, setup.jobs.max_split_calls} {}

  registry_setup setup;
  job_table jobs;
  call_book calls;
  request_keys keys{};
  /// Beside the store's answers to `recall`.
  recent_readings recent{};
  agenda<any_registry_task> to_do{};
  /// What the step under way has come to.
  std::vector<any_registry_command> commands{};
  /// Whether each owner is to leave room for others, where jobs wait and where they are kept.
  bool several_owners() const { return setup.owners > 1; }
  /// Bytes of pictures of the jobs that are on their way in, until the store has them or they are refused.
  std::uint64_t bytes_coming = 0;
  /// The time of the step under way.
  timestamp now{};
  /// No call is made to the engine until further notice.
  std::optional<stop_order> stopped{};
  /// A stop is under way: what the pool gives up is left for the next start.
  bool draining = false;
  /// A call that somebody waited for has departed, or was opened, or will not be: see `seating`.
  bool calls_moved = false;
  /// A spend was given back: the limits may have room.
  bool room_made = false;
  question last_question = 0;
  /// The last question that may have been answered before the keys were replaced.
  question asked_before_keys = 0;
  /// The limiter's latest reservation, and the latest from before the keys were replaced: their ids ascend.
  reservation_id reserved = 0;
  reservation_id reserved_before_keys = 0;

  /// The calls of a job that sends those of its pictures: positions in the job.
  std::vector<picture_indices> plan(const job_spec& spec, const picture_indices& to_send) const;

  /// Who may share a call with pictures of that job, which is kept, or is to be.
  company company_of(const job_id& id, const job_spec& spec) const;

  /// The job as that owner sees it; null where there is none of his.
  const job_view* view_for(const owner_name& owner, const job_id& id) const;

  /// From when the age of a call counts: that of the oldest job aboard, those on their way into it left out.
  timestamp age_from(const call_book::call& c) const;
  bool is_too_old(const call_book::call& c) const { return age_from(c) + setup.jobs.max_age <= now; }

  /// Whose jobs ride in the call, those on their way into it included.
  std::vector<owner_name> owners_aboard(call_id id) const;

  /// The call's latest attempt, ready to be made. Everybody aboard is so durably, and pays a share.
  planned_call_ptr planned(const call_book::call& c) const;

  /// What the job waits for; none when it has ended or one of its calls is under way.
  std::optional<job_wait> wait_of(const job_id& id) const;

  /// Of the calls that the limiter granted so many are used; the reservations of the others are given back.
  void release(const admission& granted, std::size_t used = 0);

  /// The job does not wait any more: it is not given up.
  void keep_on(const job_id& id);

  question next_question() { return ++last_question; }
  void command(any_registry_command c) { commands.push_back(std::move(c)); }
  void later(duration delay, any_registry_task task) { to_do.at(now + delay, std::move(task)); }
};

} // namespace glyphgate
