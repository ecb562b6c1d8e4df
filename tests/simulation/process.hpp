#pragma once

#include "core/circuit_breaker.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/pool/vision_pool_state.hpp"
#include "core/registry/job_registry_state.hpp"
#include "core/write_queue.hpp"
#include "engine_double.hpp"
#include "network.hpp"
#include "plan.hpp"
#include "random.hpp"
#include "sieve_double.hpp"
#include "store_double.hpp"
#include "truth.hpp"
#include "world.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::simulation {

/// What the process is given by the life that it is a part of.
struct surroundings {
  const life_plan& plan;
  world& at;
  store_double& store;
  engine_double& engine;
  truth& facts;
  random& draws;
  const engine_description& present;
  /// Those who hold keys, with their limits.
  glyphgate::owner_limits keys;
  std::uint64_t calls_per_day = 0;
  /// Whether jobs share calls in it, and whether it has a sieve.
  bool shares = false;
  bool sifts = false;
  job_id_source ids;
  /// The process is to be killed as soon as the event under way is over.
  std::function<void()> kill;
};

/// One process of the service: the real machines, connected as the actors connect them, with messages that take their
/// time and workers and a store writer that block. It lives until it is killed or has been stopped.
class process {
public:
  using answer_fn = std::function<void(const registry_command::answer&)>;

  /// `shift` turns true time into the service's, `to_true` that into the time of a clock that runs no slower.
  process(const surroundings& s, const recovery& r, duration shift, duration to_true);
  ~process() = default;
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  const engine_description& present() const { return present_; }
  /// Jobs that wait for the engine that they were accepted for.
  bool waits_for_engine() const;
  /// Whether some wait for room in the limits, which was taken while they were sifted.
  bool waits_for_room() const { return plan_.sieves != 0 && registry_.stats().jobs_in_line != 0; }

  timestamp clock() const { return at_.now() + shift_; }
  duration shift() const { return shift_; }

  /// A question from outside; the answer comes outside, unless the process ends before.
  template <class Event, class... Args>
  void ask(answer_fn heard, Args... args) {
    const auto from = ++last_asker_;
    askers_.emplace(from, std::move(heard));
    to_registry(outside, Event{from, std::move(args)...});
  }

  /// Who that owner is taken for when he asks for that job.
  owner_name as_seen_by(const owner_name& who, const job_id& id) const {
    return is(planted::shown_to_all) ? facts_.owner_of(id) : who;
  }

  /// Questions that have no answer yet.
  std::size_t unanswered() const { return askers_.size(); }

  /// Others hold keys from now on.
  void replace_keys(const glyphgate::owner_limits& keys);

  /// Begins the stop; `drained` is called outside when that is answered.
  void stop(std::function<void()> drained);
  bool stopping() const { return stopping_; }

  /// Looks at the registry and then at the pool, as the idle watch does.
  void look(std::function<void(bool working)> seen);

  /// Lists every job, page by page, and checks that each is there once.
  void list();

  void kill_a_worker();

  /// It was stopped for that long from now on.
  void note_pause(duration length) { paused_until_ = std::max(paused_until_, clock() + length); }
  /// Until when it was stopped last.
  timestamp paused_until() const { return paused_until_; }

  /// What must hold after every event.
  void check_a_little() const;
  /// What must hold at every moment.
  void check_all();
  /// Nothing is under way in it but waiting for time.
  bool quiet() const;
  /// One of its machines wants to be woken.
  bool has_plans() const { return registry_.next_wake() || pool_.next_wake() || queue_.next_wake(); }
  /// Which of them, and when.
  std::string plans() const;
  /// No job is open, so nothing may be.
  void check_rest() const;

private:
  /// A call that a worker has.
  struct run {
    planned_call_ptr call;
    timestamp begun_at;
    bool stopped = false;
    bool engine_called = false;
    bool left = false;
    bool over = false;
  };
  struct worker {
    bool alive = true;
    std::uint64_t life = 0;
    std::shared_ptr<run> has;
  };
  /// That worker, and not another in its place.
  bool lives(std::size_t slot, std::uint64_t life) const { return workers_[slot].alive && workers_[slot].life == life; }
  /// A portion that a worker that sifts has.
  struct sift_run {
    bool stopped = false;
    bool over = false;
  };
  void end_sift(std::size_t slot, const std::shared_ptr<sift_run>& r, sift_outcome_ptr outcome);
  struct alarm {
    bool pending = false;
    timestamp pending_for{};
  };
  enum class op_end : std::uint8_t { done, failed, unknown };

  bool is(planted p) const { return plan_.defect == p; }
  template <class Action>
  void send(std::size_t from, std::size_t to, Action a) {
    ++flying_;
    if (to == writer || to == reader)
      net_.send(from, to, [this, to, a = std::move(a)] {
        --flying_;
        mail(to == writer ? writing_ : reading_, a);
      });
    else
      net_.send(from, to, [this, a = std::move(a)] {
        --flying_;
        a();
      });
  }
  void to_registry(std::size_t from, any_registry_event event);
  void step_registry(const any_registry_event& event);
  void step_pool(const any_pool_event& event);
  void step_writer(const any_write_event& event);
  void set_alarm(std::size_t who, std::optional<timestamp> next, const world::action& tick);
  void note(const log_entry& entry) const;

  // The registry's commands.
  void carry_out(const registry_command::recall& c);
  void carry_out(const registry_command::offer& c);
  void carry_out(const registry_command::record& c);
  void carry_out(const registry_command::read_result& c);
  void carry_out(const registry_command::sweep_spends& c);
  void carry_out(const registry_command::ask_store& c);
  void carry_out(const registry_command::ask_breaker& c);
  void carry_out(const registry_command::hold_calls& c);
  void carry_out(const registry_command::reserve& c);
  void carry_out(const registry_command::check& c);
  void carry_out(const registry_command::claim& c);
  void carry_out(const registry_command::revoke& c);
  void carry_out(const registry_command::settle& c);
  void carry_out(const registry_command::release& c);
  void carry_out(const registry_command::annotate& c);
  void carry_out(const registry_command::tell_recorded& c);
  void carry_out(const registry_command::cancel_call& c);
  void carry_out(const registry_command::sift& c);
  void carry_out(const registry_command::cancel_sift& c);
  void carry_out(const registry_command::drain_pool& c);
  void carry_out(const registry_command::answer& c);
  void carry_out(const log_entry& e) const { note(e); }

  // The pool's.
  void carry_out(const pool_command::ask_permit& c);
  void carry_out(const pool_command::report& c);
  void carry_out(const pool_command::run& c);
  void carry_out(const pool_command::stop_run& c);
  void carry_out(const pool_command::answer& c);
  void carry_out(const pool_command::run_sift& c);
  void carry_out(const pool_command::stop_sift& c);
  void carry_out(const pool_command::answer_sift& c);
  void carry_out(const pool_command::drained& c);

  // The store writer's.
  void carry_out(const write_command::commit& c);
  void carry_out(const write_command::answer& c);
  void carry_out(const write_command::gather& c);

  /// An actor that blocks while it is at the store; what comes meanwhile waits.
  struct desk {
    std::deque<world::action> mailbox;
    bool busy = false;
  };

  void mail(desk& at, world::action a);
  static void work_off(desk& at);
  void store_op(desk& at, const char* name, bool commits, std::function<void(bool unheard)> effect,
                std::function<void(op_end)> done);
  /// What the reader sees.
  store::memory_store& seen_by_reader();
  /// The reader has no answer, and tells the writer so.
  void read_failed(const char* what, any_registry_event answer);
  void write_once(question as, const transactions_ptr& unit);

  void work(std::size_t slot, const std::shared_ptr<run>& r);
  void begun(std::size_t slot, const std::shared_ptr<run>& r, const std::optional<verdicts>& v);
  void call_engine(std::size_t slot, const std::shared_ptr<run>& r);
  void progress(std::size_t slot, const run& r, std::uint32_t done);
  void end_run(std::size_t slot, const std::shared_ptr<run>& r, call_outcome_ptr outcome);
  void check_drained() const;
  /// The calls that the registry takes to be with the pool.
  std::size_t with_pool() const { return to_pool_.size() + calls_.size() + from_pool_.size(); }
  std::uint64_t open_jobs() const;
  /// How long the job said that it may wait, as the store has it.
  std::optional<timestamp> patient_until(const job_id& id) const;
  /// Until when it may wait in line.
  timestamp line_until(const job_id& id) const;
  /// Of those who pay for it, one holds a key, as far as the registry can know.
  void check_payers(const planned_call& call) const;
  void check_places() const;
  void check_departures() const;
  void check_line();
  void check_boarded() const;
  static void take_out(std::vector<planned_call_ptr>& calls, const planned_call& call);
  /// For a planted defect: deletes a job that nobody wants deleted.
  void forget_any();
  /// For planted defects: what the registry says, distorted.
  transactions_ptr distorted(const transactions_ptr& unit) const;
  planned_call_ptr distorted(const planned_call_ptr& call);
  any_registry_event distorted(const any_registry_event& event);
  /// Who would pay for the call if its beginning decided.
  shares_ptr shares_of_all_aboard(const planned_call& call) const;
  /// Cancels the calls under way that the job has left.
  void cancel_ridden(const std::vector<call_id>& left);
  void deliver_outcome(const planned_call_ptr& call, const call_outcome_ptr& outcome);

  const life_plan& plan_;
  world& at_;
  store_double& store_;
  engine_double& engine_;
  truth& facts_;
  random& draws_;
  const engine_description& present_;
  bool shares_;
  std::function<void()> kill_;
  duration shift_;
  duration to_true_;
  network net_;

  job_registry_state registry_;
  rate_limiter_state limiter_;
  circuit_breaker_state breaker_;
  vision_pool_state pool_;
  write_queue queue_;
  std::vector<worker> workers_;
  sieve_double sieve_;
  std::vector<std::shared_ptr<sift_run>> sifts_;
  std::unordered_map<std::size_t, alarm> alarms_;

  asker last_asker_ = 0;
  std::unordered_map<asker, answer_fn> askers_;
  asker last_written_ = 0;
  std::unordered_map<asker, std::function<void(const std::optional<verdicts>&)>> written_;
  asker last_call_ = 0;
  std::unordered_map<asker, planned_call_ptr> calls_;
  std::vector<planned_call_ptr> to_pool_;
  std::vector<planned_call_ptr> from_pool_;
  /// Messages that are on their way.
  std::size_t flying_ = 0;
  desk writing_;
  desk reading_;
  /// For a planted defect.
  std::optional<store::memory_store> seen_once_;
  /// Of the latest commit it is not known whether it took effect.
  bool unknown_ = false;
  batch_number planted_number_ = 0;
  std::unordered_map<call_id, planned_call_ptr> planted_calls_;
  /// What was submitted, by what the registry has instead.
  std::map<std::shared_ptr<const job_spec>, std::shared_ptr<const job_spec>> planted_specs_;
  std::set<std::pair<reservation_id, attempt_token>> begun_;
  /// Who holds keys, as the limiter and as the registry know it, and when the registry heard of it.
  glyphgate::owner_limits limiter_knows_;
  glyphgate::owner_limits registry_knows_;
  timestamp keys_heard_at_{};
  /// When the limiter granted each reservation last, and whether it knew what it knows now.
  struct grant {
    timestamp at;
    bool of_today = true;
  };
  std::unordered_map<reservation_id, grant> granted_;
  timestamp engine_pauses_until_{};
  bool stopping_ = false;
  timestamp paused_until_{};
  timestamp began_at_{};
  /// Calls before that are an earlier process's.
  call_id first_call_ = 0;
  /// When each job was first seen in line.
  std::unordered_map<job_id, timestamp> in_line_since_;
  timestamp grace_ends_{};
  asker drain_asked_ = 0;
};

} // namespace glyphgate::simulation
