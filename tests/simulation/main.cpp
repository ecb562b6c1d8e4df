#include "core/log.hpp"
#include "life.hpp"
#include "plan.hpp"
#include "planted/planted.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace glyphgate;
using namespace glyphgate::simulation;
using steady = std::chrono::steady_clock;

struct options {
  double seconds = 30;
  std::optional<std::uint64_t> lives;
  std::optional<std::uint64_t> seed;
  bool one = false;
  bool trace = false;
  bool exhaustive = false;
  bool all_planted = false;
  std::string planted;
  std::string at;
  std::optional<std::uint32_t> actions;
  std::optional<std::set<std::size_t>> keep;
};

constexpr const char* usage =
    "simulation: lives of the whole service in virtual time, each from one seed\n"
    "\n"
    "  --seconds N       random lives for that long (30; GLYPHGATE_LONG=1 or --long: 600)\n"
    "  --lives N         or that many\n"
    "  --first SEED      seeds from there on instead of random ones\n"
    "  --seed SEED       the life of that seed\n"
    "  --trace           writes down what happens in it\n"
    "  --keep 1,4        of its disturbances, those only ('none' for none of them)\n"
    "  --actions N       its clients do that much only\n"
    "  --exhaustive      each store operation in turn goes wrong in each way, and something happens at each event\n"
    "  --at WHAT         of those lives the one with that, as it was printed\n"
    "  --planted NAME    with that defect planted, until it is found, in --lives at most (10000)\n"
    "  --planted all     each of them\n";

const planted_defect* find_planted(std::string_view name) {
  const auto found = std::ranges::find(planted_defects, name, &planted_defect::name);
  return found == planted_defects.end() ? nullptr : &*found;
}

double since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

life_plan with(life_plan plan, const options& o) {
  if (o.keep) {
    std::vector<disturbance> kept;
    for (std::size_t i = 0; i < plan.disturbances.size(); ++i)
      if (o.keep->contains(i))
        kept.push_back(plan.disturbances[i]);
    plan.disturbances = std::move(kept);
  }
  if (o.actions)
    plan.actions = *o.actions;
  if (const auto* defect = find_planted(o.planted))
    plan.defect = defect->what;
  return plan;
}

/// Whether two failures are the same but for the numbers in them.
bool alike(const std::string& a, const std::string& b) {
  const auto without_numbers = [](std::string text) {
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text.substr(0, 20);
  };
  return without_numbers(a) == without_numbers(b);
}

/// The least of that life that still fails: fewer disturbances, fewer actions.
options shrink(const life_plan& plan, const options& o, const std::string& failure) {
  std::set<std::size_t> keep;
  for (std::size_t i = 0; i < plan.disturbances.size(); ++i)
    if (!o.keep || o.keep->contains(i))
      keep.insert(i);
  const auto fails = [&](const options& tried) {
    const auto r = live(with(plan, tried), false);
    return !r.failure.empty() && alike(r.failure, failure);
  };
  auto best = o;
  for (auto chunk = std::max<std::size_t>(keep.size() / 2, 1); chunk != 0 && !keep.empty(); chunk /= 2) {
    auto at = keep.begin();
    while (at != keep.end()) {
      auto last = at;
      auto tried = best;
      auto fewer = keep;
      for (std::size_t i = 0; i < chunk && last != keep.end(); ++i)
        fewer.erase(*last++);
      tried.keep = fewer;
      const auto next = last == keep.end() ? std::optional<std::size_t>{} : *last;
      if (fails(tried)) {
        best = tried;
        keep = fewer;
      }
      at = next ? keep.find(*next) : keep.end();
    }
  }
  std::uint32_t low = 0;
  const auto whole = o.actions.value_or(plan.actions);
  auto high = whole;
  while (low + 1 < high) {
    auto tried = best;
    tried.actions = (low + high) / 2;
    (fails(tried) ? high : low) = *tried.actions;
  }
  if (high != whole)
    best.actions = high;
  return best;
}

std::string replay_of(std::uint64_t seed, const options& o) {
  auto text = "simulation --seed " + std::to_string(seed) + " --trace";
  if (o.keep) {
    std::string list;
    for (const auto i : *o.keep)
      list += (list.empty() ? "" : ",") + std::to_string(i);
    text += " --keep " + (list.empty() ? "none" : list);
  }
  if (o.actions)
    text += " --actions " + std::to_string(*o.actions);
  if (!o.planted.empty())
    text += " --planted " + o.planted;
  return text;
}

void report(std::uint64_t seed, const options& o, const life_result& r) {
  std::cout << "seed " << seed << " fails after " << r.events << " events: " << r.failure << "\n"
            << "  whole:    " << replay_of(seed, o) << "\n";
  const auto plan = plan_of(seed);
  const auto least = shrink(plan, o, r.failure);
  const auto again = live(with(plan, least), false);
  std::cout << "  shortest: " << replay_of(seed, least) << "\n"
            << "            (" << again.events << " events: " << again.failure << ")\n";
}

struct sums {
  std::uint64_t lives = 0;
  std::uint64_t events = 0;
  std::uint64_t processes = 0;
  std::uint64_t calls = 0;
  std::uint64_t jobs = 0;
  std::uint64_t operations = 0;
  std::uint64_t failed = 0;

  void add(const life_result& r) {
    ++lives;
    events += r.events;
    processes += r.processes;
    calls += r.calls;
    jobs += r.jobs;
    operations += r.store_operations;
    failed += r.failure.empty() ? 0 : 1;
  }
  void print(double seconds) const {
    std::cout << lives << " lives, " << events << " events, " << processes << " processes, " << jobs << " jobs, "
              << calls << " calls, " << operations << " store operations in " << seconds
              << " s: " << static_cast<std::uint64_t>(static_cast<double>(events) / seconds) << " events a second; "
              << failed << " lives failed\n";
  }
};

int one_life(const options& o) {
  const auto plan = with(plan_of(*o.seed), o);
  if (o.trace)
    for (std::size_t i = 0; i < plan.disturbances.size(); ++i)
      std::cout << "disturbance " << describe(plan.disturbances[i]) << "\n";
  const auto r = live(plan, o.trace);
  if (r.failure.empty()) {
    std::cout << "seed " << *o.seed << ": everything holds after " << r.events << " events\n";
    return EXIT_SUCCESS;
  }
  if (o.trace)
    std::cout << "seed " << *o.seed << " fails after " << r.events << " events: " << r.failure << "\n";
  else
    report(*o.seed, o, r);
  return EXIT_FAILURE;
}

int random_lives(const options& o, std::uint64_t first) {
  const auto begin = steady::now();
  sums all;
  std::cout << "seeds from " << first << "\n";
  for (auto seed = first; o.lives ? all.lives < *o.lives : since(begin) < o.seconds; ++seed) {
    const auto r = live(with(plan_of(seed), o), false);
    all.add(r);
    if (!r.failure.empty()) {
      report(seed, o, r);
      // A few are enough to work on.
      if (all.failed == 5)
        break;
    }
  }
  all.print(since(begin));
  return all.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// The life of that seed in which nothing goes wrong but that.
life_plan plan_with(std::uint64_t seed, const disturbance& d) {
  auto plan = quiet_plan_of(seed);
  plan.actions = std::min(plan.actions, 40U);
  // Every other life has an engine that fails, too.
  plan.bad_weather = seed % 2 == 0 ? 0.7 : 0;
  plan.disturbances = {d};
  return plan;
}

/// What goes wrong in every place in turn.
std::vector<disturbance> everything() {
  std::vector<disturbance> all;
  for (auto f = 1; f <= static_cast<int>(store_fault::kills); ++f) {
    disturbance d;
    d.what = disturbance::kind::store_op;
    d.fault = static_cast<store_fault>(f);
    all.push_back(d);
  }
  for (const auto what : {disturbance::kind::kill, disturbance::kind::power_loss, disturbance::kind::pause,
                          disturbance::kind::worker_death, disturbance::kind::stop}) {
    disturbance d;
    d.what = what;
    d.length = std::chrono::seconds{40};
    all.push_back(d);
  }
  return all;
}

/// The N-th operation of the store goes wrong, or something happens after the N-th event, for N = 1, 2, … until there
/// is no N-th.
int every_place(const options& o, std::uint64_t first) {
  const auto begin = steady::now();
  sums all;
  auto seed = first;
  for (; all.failed < 5 && (seed == first || since(begin) < o.seconds); ++seed)
    for (auto d : everything()) {
      std::uint64_t places = 1;
      for (d.at = 1; d.at <= places && all.failed < 5; ++d.at) {
        const auto r = live(plan_with(seed, d), false);
        all.add(r);
        places = d.what == disturbance::kind::store_op ? r.store_operations : r.events_before_rest;
        if (!r.failure.empty())
          std::cout << "seed " << seed << ", " << describe(d) << ": " << r.failure << "\n"
                    << "  simulation --exhaustive --first " << seed << " --trace --at \"" << describe(d) << "\"\n";
      }
    }
  std::cout << "seeds " << first << " to " << seed - 1 << ": ";
  all.print(since(begin));
  return all.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// One life of those.
int one_place(const options& o, std::uint64_t seed) {
  for (auto d : everything())
    for (d.at = 1; d.at < 1'000'000 && describe(d).size() <= o.at.size(); ++d.at)
      if (describe(d) == o.at) {
        const auto r = live(plan_with(seed, d), o.trace);
        std::cout << (r.failure.empty() ? "everything holds" : r.failure) << " after " << r.events << " events\n";
        return r.failure.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
      }
  std::cerr << "there is no \"" << o.at << "\"\n";
  return EXIT_FAILURE;
}

/// A planted defect is found in fewer lives: a tenth of these was needed at most, whichever the first seed.
constexpr std::uint64_t most_lives = 10'000;

/// Lives with that defect until it is found.
bool find(const planted_defect& defect, std::uint64_t first, std::uint64_t most) {
  const auto begin = steady::now();
  options o;
  o.planted = defect.name;
  for (std::uint64_t lives = 1; lives <= most; ++lives) {
    const auto seed = first + lives - 1;
    const auto r = live(with(plan_of(seed), o), false);
    if (r.failure.empty())
      continue;
    std::printf("%-27s found after %4llu lives, %6.2f s, seed %llu: %s (%.*s)\n", defect.name.data(),
                static_cast<unsigned long long>(lives), since(begin), static_cast<unsigned long long>(seed),
                r.failure.c_str(), static_cast<int>(defect.invariant.size()), defect.invariant.data());
    std::fflush(stdout);
    return true;
  }
  std::printf("%-27s NOT found in %llu lives, %.0f s\n", defect.name.data(), static_cast<unsigned long long>(most),
              since(begin));
  return false;
}

std::set<std::size_t> numbers_of(const std::string& list) {
  std::set<std::size_t> numbers;
  for (std::size_t at = 0; list != "none" && at < list.size();) {
    numbers.insert(std::stoul(list.substr(at)));
    const auto comma = list.find(',', at);
    at = comma == std::string::npos ? list.size() : comma + 1;
  }
  return numbers;
}

} // namespace

int main(int argc, char** argv) {
  log::configure({log_level::error, log_format::text});
  options o;
  std::optional<std::uint64_t> first;
  if (const char* is_long = std::getenv("GLYPHGATE_LONG"); is_long != nullptr && std::string_view{is_long} == "1")
    o.seconds = 600;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name{argv[i]};
    const auto value = [&]() -> std::string {
      if (++i >= argc) {
        std::cerr << name << " needs a value\n";
        std::exit(EXIT_FAILURE);
      }
      return argv[i];
    };
    if (name == "--seconds")
      o.seconds = std::stod(value());
    else if (name == "--long")
      o.seconds = 600;
    else if (name == "--lives")
      o.lives = std::stoull(value());
    else if (name == "--first")
      first = std::stoull(value());
    else if (name == "--seed")
      o.seed = std::stoull(value());
    else if (name == "--trace")
      o.trace = true;
    else if (name == "--keep")
      o.keep = numbers_of(value());
    else if (name == "--actions")
      o.actions = static_cast<std::uint32_t>(std::stoul(value()));
    else if (name == "--at")
      o.at = value();
    else if (name == "--exhaustive")
      o.exhaustive = true;
    else if (name == "--planted")
      o.planted = value();
    else {
      std::cerr << usage;
      return EXIT_FAILURE;
    }
  }
  if (!o.planted.empty() && o.planted != "all" && find_planted(o.planted) == nullptr) {
    std::cerr << "no such defect; there are:\n";
    for (const auto& d : planted_defects)
      std::cerr << "  " << d.name << ": " << d.invariant << "\n";
    return EXIT_FAILURE;
  }
  if (o.seed)
    return one_life(o);
  const auto start = first.value_or(std::random_device{}() * 1'000'000ULL);
  if (o.exhaustive)
    return o.at.empty() ? every_place(o, first.value_or(1)) : one_place(o, first.value_or(1));
  if (o.planted == "all") {
    bool all = true;
    for (const auto& d : planted_defects)
      all &= find(d, first.value_or(1), o.lives.value_or(most_lives));
    return all ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (const auto* defect = find_planted(o.planted))
    return find(*defect, first.value_or(1), o.lives.value_or(most_lives)) ? EXIT_SUCCESS : EXIT_FAILURE;
  return random_lives(o, start);
}
