#include "plan.hpp"

#include "random.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace glyphgate::simulation {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using kind = disturbance::kind;

seconds any_seconds(random& r, std::initializer_list<int> from) {
  return seconds{*(from.begin() + static_cast<std::ptrdiff_t>(r.below(from.size())))};
}

std::uint32_t any_of(random& r, std::initializer_list<std::uint32_t> from) {
  return *(from.begin() + static_cast<std::ptrdiff_t>(r.below(from.size())));
}

config any_settings(random& r) {
  config c;
  c.limits.jobs_per_minute = any_of(r, {3, 10, 100, 1000});
  c.limits.jobs_per_hour = any_of(r, {15, 100, 1000, 10'000});
  c.limits.calls_per_day = any_of(r, {3, 8, 30, 100, 1000, 10'000});
  c.breaker.threshold = any_of(r, {1, 2, 5, 5});
  c.breaker.open_time = any_seconds(r, {5, 60, 300});
  c.breaker.probes = any_of(r, {1, 1, 2});
  c.breaker.lease = any_seconds(r, {30, 120, 660});
  c.jobs.result_ttl = any_seconds(r, {60, 600, 3600, 86'400});
  c.jobs.max_age = any_seconds(r, {120, 900, 7200, 86'400});
  c.jobs.engine_wait = any_seconds(r, {0, 60, 1800, 86'400});
  c.jobs.max_attempts = any_of(r, {1, 2, 3, 3});
  c.jobs.max_split_calls = any_of(r, {0, 4, 64});
  c.jobs.queue_capacity = any_of(r, {2, 10, 100, 1000});
  c.jobs.max_interruptions = any_of(r, {1, 2, 3, 3, 3});
  c.jobs.max_kept_jobs = any_of(r, {5, 50, 10'000});
  c.engine.workers = any_of(r, {1, 2, 5});
  c.cleanup_interval = any_seconds(r, {30, 300});
  c.shutdown_grace = any_seconds(r, {1, 20});
  c.idle_exit = any_seconds(r, {0, 0, 30, 300});
  return c;
}

/// Whether and how jobs share calls, and how long they wait for that.
void share_calls(life_plan& p, random& r) {
  p.shares = r.chance(0.3)   ? life_plan::sharing::off
             : r.chance(0.8) ? life_plan::sharing::on
                             : life_plan::sharing::changes;
  p.counts_workers = p.shares != life_plan::sharing::off || r.chance(0.3);
  p.settings.jobs.packing_window = milliseconds{any_of(r, {0, 50, 200, 1000})};
  if (r.chance(0.4))
    p.pixels = any_of(r, {4'000, 12'000, 30'000});
  if (p.shares == life_plan::sharing::off && r.chance(0.5))
    return;
  p.hints = r.chance(0.3) ? 0.5 : 0.2;
  p.patient = r.chance(0.7) ? r.uniform() : 0;
  if (p.patient != 0)
    p.longest_delay = std::min<duration>(any_seconds(r, {5, 60, 600, 7200, 28'800}), p.settings.jobs.max_age);
}

/// Whether and how pictures are sifted.
void sift(life_plan& p, random& r) {
  if (r.chance(0.4))
    return;
  p.sieves = any_of(r, {1, 1, 2});
  p.sieve = static_cast<sieve_mode>(r.below(3));
  p.near_duplicates = r.chance(0.6) ? r.uniform() : 0;
  p.keys = r.chance(0.5) ? r.uniform() : 0;
  p.sieve_fails = r.chance(0.3) ? r.uniform() / 2 : 0;
  p.changes_sieve = r.chance(0.2);
}

/// Whose the jobs are, and what each owner may use.
void give_owners(life_plan& p, random& r) {
  if (r.chance(0.5))
    return;
  for (const auto* name : {"ann", "bob", "cy"})
    if (p.owners.empty() || r.chance(0.6))
      p.owners.emplace_back(name);
  p.shares_results = r.chance(0.3);
  p.owners_share_calls = r.chance(0.5);
  for (const auto& owner : p.owners) {
    auto& limits = p.owner_limits[owner];
    if (r.chance(0.5))
      limits.in(window_kind::day).calls = any_of(r, {3, 10, 50});
    if (r.chance(0.3))
      limits.in(window_kind::hour).budget = any_of(r, {3, 8, 40}) * micro_dollars{1500} + 700;
    if (r.chance(0.3))
      limits.in(window_kind::minute).calls = any_of(r, {2, 5, 20});
    if (r.chance(0.2))
      limits.in(window_kind::hour).jobs = any_of(r, {5, 30});
  }
}

life_plan any_life(random& r, std::uint64_t seed) {
  life_plan p;
  p.seed = seed;
  p.settings = any_settings(r);
  p.frames = any_of(r, {1, 2, 3, 4, 6});
  p.clients = any_of(r, {1, 3, 8});
  p.actions = any_of(r, {40, 100, 250});
  p.think = r.chance(0.5) ? duration{milliseconds{100}} : r.chance(0.5) ? duration{seconds{2}} : duration{seconds{60}};
  p.contents = any_of(r, {4, 12, 60});
  p.slowness = r.chance(0.3) ? 1 : 0;
  share_calls(p, r);
  sift(p, r);
  give_owners(p, r);
  p.stops = r.chance(0.2) ? r.uniform() / 20 : 0;
  return p;
}

disturbance any_end(random& r, kind what, std::uint64_t events) {
  disturbance d;
  d.what = what;
  d.at = r.below(events);
  d.length = r.chance(0.7) ? r.time(milliseconds{20}, seconds{3}) : r.time(seconds{1}, minutes{30});
  if (what == kind::power_loss && r.chance(0.5))
    d.clock_step = r.time(hours{0}, hours{r.chance(0.3) ? 30 : 1}) * (r.chance(0.5) ? 1 : -1);
  return d;
}

} // namespace

std::string_view name_of(store_fault fault) {
  static constexpr std::array<std::string_view, 10> names{
      "none",      "slow",          "stalls_after", "stalls_before",   "fails",
      "is_locked", "lands_unheard", "lost_unheard", "lands_and_kills", "kills"};
  return names.at(static_cast<std::size_t>(fault));
}

std::string describe(const disturbance& d) {
  static constexpr std::array<std::string_view, 8> kinds{"kill", "power_loss", "pause",      "worker_death",
                                                         "stop", "store_op",   "store_down", "keys"};
  auto text = std::string{kinds.at(static_cast<std::size_t>(d.what))} + " at " + std::to_string(d.at);
  if (d.what == kind::store_op)
    text.append(" ").append(name_of(d.fault));
  if (d.length != duration::zero())
    text += " for " + std::to_string(std::chrono::floor<milliseconds>(d.length).count()) + " ms";
  if (d.clock_step != duration::zero())
    text += ", clock " + std::to_string(std::chrono::floor<seconds>(d.clock_step).count()) + " s";
  return text;
}

life_plan quiet_plan_of(std::uint64_t seed) {
  random r{seed};
  return any_life(r, seed);
}

life_plan plan_of(std::uint64_t seed) {
  random r{seed};
  auto p = any_life(r, seed);
  p.bad_weather = r.chance(0.6) ? r.uniform() : 0;
  p.poison = r.chance(0.15);
  p.changes_engine = r.chance(0.25);
  p.changes_limit = r.chance(0.25);
  // About as many as such a life has.
  const auto events = std::uint64_t{p.actions} * 30;
  const auto add = [&](double probability, std::uint64_t most, auto make) {
    if (r.chance(probability))
      for (auto n = r.between(1, most); n != 0; --n)
        p.disturbances.push_back(make());
  };
  add(0.4, 3, [&] { return any_end(r, kind::kill, events); });
  // A loop of kills.
  add(0.2, 20, [&] { return any_end(r, kind::kill, events / 3); });
  add(0.25, 4, [&] { return any_end(r, kind::power_loss, events); });
  add(0.2, 2, [&] { return any_end(r, kind::stop, events); });
  add(0.25, 3, [&] {
    disturbance d;
    d.what = kind::pause;
    d.at = r.below(events);
    d.length = r.chance(0.8) ? r.time(seconds{1}, minutes{3}) : r.time(minutes{1}, hours{26});
    return d;
  });
  add(0.25, 6, [&] {
    disturbance d;
    d.what = kind::worker_death;
    d.at = r.below(events);
    return d;
  });
  add(0.6, 20, [&] {
    disturbance d;
    d.what = kind::store_op;
    d.at = 1 + r.below(events / 6);
    d.fault = static_cast<store_fault>(r.between(1, 9));
    return d;
  });
  add(0.3, 3, [&] {
    disturbance d;
    d.what = kind::store_down;
    d.at = r.below(events);
    d.length = r.chance(0.7) ? r.time(milliseconds{100}, seconds{10}) : r.time(seconds{10}, minutes{5});
    return d;
  });
  add(p.owners.size() > 1 ? 0.5 : 0, 6, [&] {
    disturbance d;
    d.what = kind::keys;
    d.at = r.below(events);
    return d;
  });
  p.kept_images = r.chance(0.2) ? r.uniform() : 0;
  return p;
}

} // namespace glyphgate::simulation
