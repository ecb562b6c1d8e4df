#include "core/log.hpp"
#include "http/traces/tracer.hpp"
#include "support/literal_time.hpp"
#include "support/recording_observer.hpp"
#include "support/test_jobs.hpp"
#include "support/trace_receiver.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::chrono_literals;

namespace {

struct counting_watcher : request_watcher {
  int told = 0;
  void answered(const finished_request&) noexcept override { ++told; }
};

struct tracer_fixture {
  trace_receiver receiver;
  std::shared_ptr<span_exporter> exporter;
  std::shared_ptr<recording_observer> next = std::make_shared<recording_observer>();
  std::shared_ptr<counting_watcher> next_watcher = std::make_shared<counting_watcher>();
  std::unique_ptr<tracer> tracing;
  std::deque<rapidjson::Document> sent;
  std::vector<const rapidjson::Value*> found;

  tracer_fixture() {
    log::configure({log_level::error, log_format::text});
    exporter = std::make_shared<span_exporter>(collector{receiver.url(), {}}, traced_service{"ocr", "1", "fake"});
    tracing = std::make_unique<tracer>(exporter, next, next_watcher);
  }

  /// A job that was posted in the request whose ids are full of that byte; 0: in none that is traced.
  void accept(const job_id& id, std::uint8_t byte) {
    auto spec = *test_job({{"1", id}, {"2", id + id}});
    spec.trace.trace.fill(byte);
    spec.trace.span.fill(byte);
    const std::vector<transaction> all{
        accept_job{id, at(0s), std::make_shared<const job_spec>(spec), {{1, {0}, true}}, {}, false, {}, 0}};
    tracing->committed(all, {verdict::applied}, 1ms);
  }
  void end(const job_id& id, job_status status, verdict v = verdict::applied) {
    const std::vector<transaction> all{end_job{{id, status, at(0s), at(1s), at(9s), std::nullopt, true, 0}}};
    tracing->committed(all, {v}, 1ms);
  }
  void call(const std::vector<job_id>& aboard, const call_outcome& outcome) {
    planned_call c;
    c.attempt = 2;
    c.pictures.push_back(test_picture("1", "x"));
    std::vector<job_share> shares;
    shares.reserve(aboard.size());
    for (const auto& id : aboard)
      shares.push_back({id, {}});
    c.shares = std::make_shared<const std::vector<job_share>>(shares);
    tracing->call_ended(c, outcome, 5ms);
  }

  /// The spans that were sent, in their order, in as many batches as time would have it.
  const std::vector<const rapidjson::Value*>& spans() {
    exporter->stop();
    for (const auto& post : receiver.posts()) {
      auto& document = sent.emplace_back();
      document.Parse(post.body.c_str(), post.body.size());
      BOOST_REQUIRE(!document.HasParseError());
      for (const auto& span : document["resourceSpans"][0]["scopeSpans"][0]["spans"].GetArray())
        found.push_back(&span);
    }
    return found;
  }
};

std::string text(const rapidjson::Value& span, const char* name) {
  return span.HasMember(name) ? span[name].GetString() : "";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tracing, tracer_fixture)

BOOST_AUTO_TEST_CASE(a_shared_call_is_the_first_jobs_with_links_to_the_others) {
  accept("a", 0xaa);
  accept("b", 0xbb);
  call({"untraced", "a", "b"}, annotation{});
  end("a", job_status::completed);
  end("b", job_status::failed);
  const auto& all = spans();
  BOOST_REQUIRE(all.size() == 3u);
  const auto& called = *all[0];
  const auto& a = *all[1];
  const auto& b = *all[2];
  BOOST_TEST(text(called, "traceId") == std::string(32, 'a'));
  BOOST_TEST(text(called, "parentSpanId") == text(a, "spanId"));
  BOOST_REQUIRE(called["links"].Size() == 1u);
  BOOST_TEST(text(called["links"][0], "traceId") == std::string(32, 'b'));
  BOOST_TEST(text(called["links"][0], "spanId") == text(b, "spanId"));
  BOOST_TEST(!called.HasMember("status"));
  BOOST_TEST(text(a, "parentSpanId") == std::string(16, 'a'));
  BOOST_TEST(!a.HasMember("status"));
  BOOST_TEST(b["status"]["code"].GetInt() == 2);
}

BOOST_AUTO_TEST_CASE(a_call_that_failed_says_so) {
  accept("a", 0xaa);
  call({"a"}, call_failure{ec::engine_unavailable, "a detail that stays here", true, std::nullopt});
  end("a", job_status::completed);
  const auto& failed = *spans().at(0);
  BOOST_TEST(failed["status"]["code"].GetInt() == 2);
  BOOST_TEST(receiver.posts()[0].body.find("engine_unavailable") != std::string::npos);
  BOOST_TEST(receiver.posts()[0].body.find("stays here") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_nobody_traces_and_what_came_too_late_has_no_span) {
  accept("untraced", 0);
  call({"untraced"}, annotation{});
  end("untraced", job_status::completed);
  end("of an earlier process", job_status::completed);
  accept("a", 0xaa);
  end("a", job_status::cancelled, verdict::stale);
  end("a", job_status::completed);
  BOOST_TEST(spans().size() == 1u);
}

BOOST_AUTO_TEST_CASE(everything_is_passed_on) {
  accept("a", 0xaa);
  call({"a"}, annotation{});
  tracing->commit_failed(1ms);
  tracing->answered({"GET", "/livez", 200, 0, 0, 1ms, {}});
  BOOST_TEST(next->transactions.size() == 1u);
  BOOST_TEST(next->calls.size() == 1u);
  BOOST_TEST(next->failures == 1);
  BOOST_TEST(next_watcher->told == 1);
}

BOOST_AUTO_TEST_SUITE_END()
