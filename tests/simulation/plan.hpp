#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/engine_description.hpp"
#include "core/extent.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/limits/rate_limiter.hpp"
#include "core/sieve.hpp"
#include "planted/planted.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::simulation {

/// What the store does with one operation.
enum class store_fault : std::uint8_t {
  none,
  /// A few seconds.
  slow,
  /// Longer than every time-out: the effect first, then the wait.
  stalls_after,
  /// The wait first.
  stalls_before,
  /// At once.
  fails,
  /// After the time for which a lock is waited for.
  is_locked,
  /// It took effect, and nobody hears so.
  lands_unheard,
  /// It did not, and nobody hears so.
  lost_unheard,
  /// It took effect, and the process is killed.
  lands_and_kills,
  /// The process is killed before.
  kills,
};

/// Something that happens to the service.
struct disturbance {
  enum class kind : std::uint8_t {
    kill,
    power_loss,
    pause,
    worker_death,
    stop,
    store_op,
    store_down,
    /// Other owners hold keys from now on.
    keys
  } what = kind::kill;
  /// After that many events; for `store_op` the number of the store's operation, from 1.
  std::uint64_t at = 0;
  /// How long the process is paused, the store is down, or nothing runs after an end.
  duration length{};
  /// What the calendar has gained when the machine is there again after a loss of power.
  duration clock_step{};
  store_fault fault = store_fault::none;
};

/// "slow", "stalls_after", …
std::string_view name_of(store_fault fault);

std::string describe(const disturbance& d);

/// Everything about a life that its seed decides, but for the draws while it runs.
struct life_plan {
  /// Whether jobs share calls: in no process, in each, or in some.
  enum class sharing : std::uint8_t { off, on, changes };

  std::uint64_t seed = 0;
  config settings;
  /// Pictures in one call, and their pixels.
  std::uint32_t frames = 3;
  std::uint64_t pixels = 1'000'000;
  sharing shares = sharing::off;
  /// The registry sends no more calls than there are workers.
  bool counts_workers = false;
  /// How many of the jobs have a language hint.
  double hints = 0.2;
  /// How many of the jobs say how long they may wait, and how long that is at most.
  double patient = 0;
  duration longest_delay{};
  std::uint32_t clients = 3;
  /// How often clients do something, all together.
  std::uint32_t actions = 100;
  duration think{};
  std::uint32_t contents = 12;
  bool poison = false;
  /// 0 none, 1 much.
  double bad_weather = 0;
  double slowness = 0;
  /// Each process has the one engine or the other.
  bool changes_engine = false;
  /// Each process has a limit of the day of its own.
  bool changes_limit = false;
  /// Pictures are sifted before they are packed: what the sieve answers, whether each process does so or some, in how
  /// many jobs near-duplicates are read once, and how often a portion comes to nothing.
  sieve_mode sieve = sieve_mode::off;
  std::size_t sieves = 0;
  bool changes_sieve = false;
  double near_duplicates = 0;
  /// That a job keeps its images.
  double kept_images = 0;
  /// How many requests have keys of their own.
  double keys = 0;
  double sieve_fails = 0;
  /// Whose the jobs are; nobody's where it is empty. What each may use, and what they share.
  std::vector<owner_name> owners;
  glyphgate::owner_limits owner_limits;
  bool shares_results = false;
  bool owners_share_calls = false;
  /// How often clients stop the calls, or have them go on.
  double stops = 0;
  std::vector<disturbance> disturbances;
  planted defect = planted::nothing;

  /// Whether what is read is remembered under another scope in one process than in the next.
  bool changes_scope() const { return changes_engine || changes_sieve; }

  /// Under which scope that owner's readings by that engine are remembered.
  std::string scope_for(const owner_name& owner, const engine_description& by) const {
    return shares_results ? by.scope : scope_of(owner, by.scope);
  }

  /// Whether that may be in one call.
  bool fits(const extent& load) const { return load.images <= frames && load.pixels <= pixels; }
};

/// The life of that seed.
life_plan plan_of(std::uint64_t seed);

/// A life of that seed in which nothing happens but what is put in.
life_plan quiet_plan_of(std::uint64_t seed);

} // namespace glyphgate::simulation
