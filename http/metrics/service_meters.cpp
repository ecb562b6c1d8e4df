#include "http/metrics/service_meters.hpp"

#include "core/extent.hpp"
#include "http/wire/contained.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

using prometheus::Counter;
using prometheus::Histogram;
using boundaries = Histogram::BucketBoundaries;

// Those that OpenTelemetry's conventions advise for HTTP, with a finer one for answers out of memory and two for waits.
const boundaries request_seconds{0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5,
                                 0.75,  1,     2.5,  5,     7.5,  10,    30,  60};
const boundaries body_bytes{1 << 10, 1 << 13, 1 << 16, 1 << 19, 1 << 22, 1 << 25};
const boundaries call_seconds{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};
const boundaries seat_counts{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
const boundaries fill_ratios{0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1};
const boundaries commit_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

double seconds(observer::elapsed span) {
  return std::chrono::duration<double>(span).count();
}

// The part of the limit that it is closest to.
double fill_of(const planned_call& call, const call_limits& limits) {
  extent load;
  for (const auto& p : call.pictures)
    load = load.with(p.info);
  const auto part = [](std::uint64_t used, std::uint64_t limit) {
    return static_cast<double>(used) / static_cast<double>(limit);
  };
  return std::max({part(load.images, limits.max_frames), part(load.height, limits.height_px),
                   part(load.width * load.height, limits.pixels)});
}

} // namespace

struct service_meters::meters {
  // What the library has for a name, with each value of a label that is known beforehand there from the start.
  template <class T, class... Args>
  static prometheus::Family<T>& family(prometheus::Registry& in, prometheus::detail::Builder<T> build, const char* name,
                                       const char* help, const char* label,
                                       std::initializer_list<std::string_view> values, const Args&... args) {
    auto& made = build.Name(name).Help(help).Register(in);
    for (const auto value : values)
      made.Add({{label, std::string{value}}}, args...);
    return made;
  }

  meters(const call_limits& limits, bool reads_montages) : calls{limits}, stacked{reads_montages} {}

  const call_limits calls;
  const bool stacked;
  prometheus::Registry registry;

  // Of the server.
  prometheus::Family<Histogram>& durations = prometheus::BuildHistogram()
                                                 .Name("http_server_request_duration_seconds")
                                                 .Help("Time from a request's arrival to its answer, by route")
                                                 .Register(registry);
  prometheus::Family<Histogram>& received = prometheus::BuildHistogram()
                                                .Name("glyphgate_http_request_body_bytes")
                                                .Help("Size of the bodies of requests that have one")
                                                .Register(registry);
  prometheus::Family<Histogram>& sent = prometheus::BuildHistogram()
                                            .Name("glyphgate_http_response_body_bytes")
                                            .Help("Size of the bodies of answers that have one, as sent")
                                            .Register(registry);
  // The library looks labels up by strings that must be made for it, which is too slow for every request.
  std::map<std::tuple<unsigned, std::string_view, std::string_view>, Histogram*> durations_by;
  std::map<std::string_view, Histogram*> received_by;
  std::map<std::string_view, Histogram*> sent_by;

  // Of calls.
  prometheus::Family<Histogram>& call_durations =
      family(registry, prometheus::BuildHistogram(), "glyphgate_engine_call_duration_seconds",
             "Time that the engine took for an attempt at a call, by what came of it", "outcome",
             {"success", "not_sent", to_string(ec::engine_unavailable), to_string(ec::request_rejected),
              to_string(ec::account_refused), to_string(ec::cancelled), to_string(ec::internal)},
             call_seconds);
  Histogram& seats = prometheus::BuildHistogram()
                         .Name("glyphgate_engine_call_seats")
                         .Help("Pictures in an attempt at a call")
                         .Register(registry)
                         .Add({}, seat_counts);
  Histogram& fills = prometheus::BuildHistogram()
                         .Name("glyphgate_engine_call_fill_ratio")
                         .Help("How full an attempt at a call is, by the limit that it is closest to; for engines that "
                               "read montages")
                         .Register(registry)
                         .Add({}, fill_ratios);
  prometheus::Family<Counter>& montages =
      family(registry, prometheus::BuildCounter(), "glyphgate_montages_total",
             "Montages that were read, by how they were made", "way", {"as_sent", "spliced", "transcoded", "composed"});

  // Of what became durable.
  Counter& jobs_accepted = prometheus::BuildCounter()
                               .Name("glyphgate_jobs_accepted_total")
                               .Help("Jobs that were accepted, those identical to another one left out")
                               .Register(registry)
                               .Add({});
  prometheus::Family<Counter>& jobs_ended =
      family(registry, prometheus::BuildCounter(), "glyphgate_jobs_ended_total", "Jobs that have ended, by how",
             "status", {"completed", "failed", "cancelled"});
  prometheus::Family<Counter>& pictures = family(
      registry, prometheus::BuildCounter(), "glyphgate_pictures_total",
      "Pictures of accepted jobs, by what answers them: a call that their job opened, a call that was open already, "
      "what was read before or stands twice in the job, the local engine in front of paid calls; or refused",
      "source", {"paid", "shared", "known", "local", "refused"});
  Histogram& commits = prometheus::BuildHistogram()
                           .Name("glyphgate_store_commit_duration_seconds")
                           .Help("Time that a commit of the store took, those that failed included")
                           .Register(registry)
                           .Add({}, commit_seconds);
  Counter& commit_failures = prometheus::BuildCounter()
                                 .Name("glyphgate_store_commit_failures_total")
                                 .Help("Commits of the store that failed")
                                 .Register(registry)
                                 .Add({});

  void count_pictures(std::string_view source, std::size_t number) {
    pictures.Add({{"source", std::string{source}}}).Increment(static_cast<double>(number));
  }

  void count_aboard(const std::vector<boarding>& aboard) {
    for (const auto& b : aboard)
      count_pictures(b.opens ? "paid" : "shared", b.pictures.size());
  }

  void count(const accept_job& t) {
    jobs_accepted.Increment();
    count_aboard(t.aboard);
    count_pictures("known", t.pictures_from_cache);
    count_pictures("refused", refused_pictures(*t.spec));
  }
  void count(const board_job& t) {
    count_aboard(t.aboard);
    count_pictures("known", t.known.size());
  }
  void count(const sift_job& t) { count_pictures("local", t.answered.size() + t.pictures_repeated); }
  void count(const end_job& t) { jobs_ended.Add({{"status", std::string{to_string(t.end.status)}}}).Increment(); }
  template <class Other>
  void count(const Other&) {}
};

service_meters::service_meters(const call_limits& calls, bool stacked)
    : meters_{std::make_unique<meters>(calls, stacked)} {}

service_meters::~service_meters() = default;

void service_meters::call_ended(const planned_call& call, const call_outcome& outcome, elapsed took) noexcept {
  contained("metrics_failed", [&] {
    meters_->call_durations.Add({{"outcome", std::string{outcome_name(outcome)}}}, call_seconds).Observe(seconds(took));
    meters_->seats.Observe(static_cast<double>(call.pictures.size()));
    if (meters_->stacked)
      meters_->fills.Observe(fill_of(call, meters_->calls));
    const auto* read = std::get_if<annotation>(&outcome);
    if (read != nullptr && !read->montage.empty())
      meters_->montages.Add({{"way", read->montage}}).Increment();
  });
}

void service_meters::committed(std::span<const transaction> all, const verdicts& decided, elapsed took) noexcept {
  contained("metrics_failed", [&] {
    meters_->commits.Observe(seconds(took));
    for (std::size_t i = 0; i < all.size(); ++i)
      if (decided[i] == verdict::applied)
        std::visit([this](const auto& t) { meters_->count(t); }, all[i]);
  });
}

void service_meters::commit_failed(elapsed took) noexcept {
  contained("metrics_failed", [&] {
    meters_->commits.Observe(seconds(took));
    meters_->commit_failures.Increment();
  });
}

void service_meters::answered(const finished_request& r) noexcept {
  contained("metrics_failed", [&] {
    auto& all = *meters_;
    const auto find = [](auto& known, const auto& key, auto make) -> Histogram& {
      const auto at = known.find(key);
      return at != known.end() ? *at->second : *known.emplace(key, &make()).first->second;
    };
    const auto route_label = [&] { return std::pair{std::string{"http_route"}, std::string{r.route}}; };
    find(all.durations_by, std::tuple{r.status, r.method, r.route}, [&]() -> Histogram& {
      return all.durations.Add({{"http_request_method", std::string{r.method}},
                                {"http_response_status_code", std::to_string(r.status)},
                                route_label()},
                               request_seconds);
    }).Observe(seconds(r.took));
    const auto observe_size = [&](auto& known, auto& family, std::uint64_t size) {
      if (size != 0)
        find(known, r.route, [&]() -> Histogram& {
          return family.Add({route_label()}, body_bytes);
        }).Observe(static_cast<double>(size));
    };
    observe_size(all.received_by, all.received, r.received);
    observe_size(all.sent_by, all.sent, r.sent);
  });
}

std::vector<prometheus::MetricFamily> service_meters::families() const {
  return meters_->registry.Collect();
}

} // namespace glyphgate::http
