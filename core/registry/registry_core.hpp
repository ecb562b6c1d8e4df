#pragma once

#include "core/agenda.hpp"
#include "core/config.hpp"
#include "core/engine_description.hpp"
#include "core/ids.hpp"
#include "core/picture.hpp"
#include "core/registry/job_table.hpp"
#include "core/registry/registry_commands.hpp"
#include "core/retry_delay.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate {

/// Splits pictures into calls: for each call the positions of its pictures, ascending.
using plan_calls_fn = std::function<std::vector<picture_indices>(const std::vector<picture>&)>;

/// What the registry is given at its start.
struct registry_setup {
  job_config jobs;
  plan_calls_fn plan_calls;
  job_id_source ids;
  jitter_source jitter;
  engine_description engine{};
};

/// What the registry has noted to do later.
namespace registry_task {
/// The job's admission has taken too long.
struct refuse_late {
  job_id id;
  /// The process was not running when it was due: answers that lie in the mailbox come first.
  bool after_pause = false;
};
/// The call's next attempt is due.
struct dispatch {
  planned_call_ptr call;
};
/// The call's reservation is an earlier process's, and may fit the window's limit now.
struct claim {
  planned_call_ptr call;
};
/// The call's next attempt may find room in the window.
struct reserve_again {
  planned_call_ptr call;
};
/// The job has waited long enough for the engine that it was accepted for.
struct adopt {
  std::shared_ptr<const kept_job> job;
};
/// A client's waiting time is over.
struct answer_late {
  job_id id;
};
/// The stop's time is over.
struct end_drain {};
} // namespace registry_task

using any_registry_task = std::variant<registry_task::refuse_late, registry_task::dispatch, registry_task::claim,
                                       registry_task::reserve_again, registry_task::adopt, registry_task::answer_late,
                                       registry_task::end_drain>;

/// What the registry's parts share during a step. Owned by the registry's state.
struct registry_core {
  explicit registry_core(registry_setup s) : setup{std::move(s)}, jobs{setup.jobs, setup.engine.call_price} {}

  registry_setup setup;
  job_table jobs;
  agenda<any_registry_task> to_do{};
  /// What the step under way has come to.
  std::vector<any_registry_command> commands{};
  /// The time of the step under way.
  timestamp now{};
  /// A stop is under way: what the pool gives up is left for the next start.
  bool draining = false;
  question last_question = 0;

  /// The calls of a job that sends those of its pictures: positions in the job.
  std::vector<picture_indices> plan(const job_spec& spec, const picture_indices& to_send) const;

  question next_question() { return ++last_question; }
  void command(any_registry_command c) { commands.push_back(std::move(c)); }
  void later(duration delay, any_registry_task task) { to_do.at(now + delay, std::move(task)); }
};

} // namespace glyphgate
