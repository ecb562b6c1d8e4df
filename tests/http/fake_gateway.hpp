#pragma once

#include "http/surfaces/gateway.hpp"
#include "support/literal_time.hpp"
#include "vision/engine.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate::http::test {

using job_view_ptr = std::shared_ptr<const job_view>;
using job_page_ptr = std::shared_ptr<const job_page>;

/// Windows with one job and one call in them.
inline limiter_usage sample_usage() {
  limiter_usage u;
  u.minute = {1, 10, std::chrono::minutes{1}, std::chrono::seconds{59}};
  u.hour = {1, 100, std::chrono::hours{1}, std::chrono::seconds{3599}};
  u.day = {1, 1000, std::chrono::hours{24}, std::chrono::hours{23}};
  u.jobs_today = 1;
  u.oldest_job_today = at(std::chrono::hours{1});
  return u;
}

inline service_report sample_report() {
  service_report report;
  report.taken_at = at(std::chrono::hours{2});
  report.breaker.emplace().threshold = 5;
  report.jobs.emplace();
  report.running.emplace();
  report.usage = sample_usage();
  report.store_works = true;
  return report;
}

/// A gateway whose answers the test writes. They come on the caller's thread unless the test keeps the callback for
/// later. Set up before the server starts.
class fake_gateway : public gateway {
public:
  std::function<void(std::shared_ptr<const job_spec>, std::function<void(const submission&)>)> on_submit =
      [](const auto&, const auto& done) {
        submission s;
        s.id = "0123456789abcdef0123456789abcdef";
        s.usage = sample_usage();
        done(s);
      };
  std::function<void(std::shared_ptr<const job_spec>, reply<glyphgate::quote>)> on_quote =
      [](const auto&, const auto& done) { done(glyphgate::quote{}); };
  std::function<void(job_id, reply<job_view_ptr>)> on_get = [](const auto&, const auto& done) {
    done(ec::job_not_found);
  };
  std::function<void(job_id, duration, reply<job_view_ptr>)> on_wait = [](const auto&, duration, const auto& done) {
    done(ec::job_not_found);
  };
  /// Who waits for that job has left.
  std::function<void(job_id)> on_leave = [](const auto&) {};
  std::function<void(job_id, reply<std::shared_ptr<const kept_pictures>>)> on_pictures =
      [](const auto&, const auto& done) { done(std::shared_ptr<const kept_pictures>{}); };
  std::function<void(job_id, reply<std::monostate>)> on_cancel = [](const auto&, const auto& done) {
    done(std::monostate{});
  };
  std::function<void(job_filter, reply<job_page_ptr>)> on_list = [](const auto&, const auto& done) {
    done(std::make_shared<const job_page>());
  };
  std::function<void(reply<limiter_usage>)> on_usage = [](const auto& done) { done(sample_usage()); };
  std::function<void(duration, std::function<void(const service_report&)>)> on_report = [](duration, const auto& done) {
    done(sample_report());
  };

  /// Told who asks for a job, a wait, a cancel or a list.
  std::function<void(const owner_name&)> on_asker = [](const auto&) {};

  /// What was used, as the ledger is to have it, and what was asked for.
  std::vector<account_entry> entries{};
  std::vector<stop_order> stops{};
  std::vector<std::string> resumed_by{};
  std::vector<budget_news> heard{};

  std::atomic<int> submits{0};
  std::atomic<int> gets{0};
  std::atomic<int> usages{0};

  void submit(std::shared_ptr<const job_spec> spec, std::function<void(const submission&)> done) override {
    ++submits;
    on_submit(std::move(spec), std::move(done));
  }
  void quote(std::shared_ptr<const job_spec> spec, reply<glyphgate::quote> done) override {
    on_quote(std::move(spec), std::move(done));
  }
  void get(owner_name owner, job_id id, reply<job_view_ptr> done) override {
    on_asker(owner);
    ++gets;
    on_get(std::move(id), std::move(done));
  }
  std::function<void()> wait(owner_name owner, job_id id, duration at_most, reply<job_view_ptr> done) override {
    on_asker(owner);
    on_wait(id, at_most, std::move(done));
    return [this, id] { on_leave(id); };
  }
  void pictures(job_id id, reply<std::shared_ptr<const kept_pictures>> done) override {
    on_pictures(std::move(id), std::move(done));
  }
  void cancel(owner_name owner, job_id id, reply<std::monostate> done) override {
    on_asker(owner);
    on_cancel(std::move(id), std::move(done));
  }
  void list(job_filter filter, reply<job_page_ptr> done) override {
    on_asker(filter.owner);
    on_list(std::move(filter), std::move(done));
  }
  void accounts(timestamp, timestamp, reply<std::shared_ptr<const std::vector<account_entry>>> done) override {
    done(std::make_shared<const std::vector<account_entry>>(entries));
  }
  void stop_calls(stop_order order, reply<std::monostate> done) override {
    stops.push_back(std::move(order));
    done(std::monostate{});
  }
  void resume_calls(std::string by, reply<std::monostate> done) override {
    resumed_by.push_back(std::move(by));
    done(std::monostate{});
  }
  void hear_budget(budget_news news, std::string, bool, reply<std::monostate> done) override {
    heard.push_back(news);
    done(std::monostate{});
  }
  void usage(owner_name, reply<limiter_usage> done) override {
    ++usages;
    on_usage(std::move(done));
  }
  void report(duration at_most, std::function<void(const service_report&)> done) override {
    on_report(at_most, std::move(done));
  }
};

/// An engine that knows "en" and "zh" and is never made.
class fake_engine : public vision::engine_provider {
public:
  std::string_view name() const override { return "fake"; }
  std::string recognition_scope() const override { return "fake"; }
  micro_dollars price_per_call() const override { return 1500; }
  bool reads_montages() const override { return true; }
  std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const override {
    std::vector<std::string> refused;
    for (const auto& hint : hints)
      if (hint != "en" && hint != "zh")
        refused.push_back(hint + " is not installed");
    return refused;
  }
  /// Four bytes a pixel, unless it can be joined.
  std::uint64_t memory_of(const vision::picture_header& header) const override {
    return header.info.joins.kin != 0 ? 0 : 4 * header.info.pixels();
  }
  std::unique_ptr<vision::engine> make() const override { throw std::logic_error{"no test makes one"}; }
};

} // namespace glyphgate::http::test
