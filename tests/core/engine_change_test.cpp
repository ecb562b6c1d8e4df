#include "core/engine_change.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

namespace glyphgate {

namespace {

/// A job of two calls that was accepted for "google".
kept_job pending_job() {
  kept_job job;
  job.view.id = "a";
  job.spec = make_job_spec({test_picture("1", "x"), test_picture("2", "y")}, {"de"}, "google");
  job.identity = job.spec->identity;
  job.calls = {{.pictures = {0}, .reservation = 1}, {.pictures = {1}, .reservation = 2}};
  job.outcomes.resize(2);
  return job;
}

recovery with(kept_job job) {
  recovery r;
  r.pending.push_back(std::move(job));
  return r;
}

digest key(const char* scope, const char* content) {
  return recognition_key(scope, {"de"}, sha256(content));
}

BOOST_AUTO_TEST_SUITE(engine_change)

BOOST_AUTO_TEST_CASE(identical_jobs_name_the_engine) {
  const auto job = pending_job();
  const auto& s = *job.spec;
  BOOST_TEST((identity_of(s.pictures, s.language_hints, "google") == s.identity));
  BOOST_TEST((identity_of(s.pictures, s.language_hints, "tesseract") != s.identity));
}

BOOST_AUTO_TEST_CASE(a_job_for_the_same_engine_stays_as_it_is) {
  auto r = with(pending_job());
  const auto before = r.pending[0].spec;
  BOOST_TEST(adopt_pending_jobs(r, "google").empty());
  BOOST_TEST(r.pending[0].spec == before);
}

BOOST_AUTO_TEST_CASE(what_another_engine_is_to_read_is_remembered_as_its_own) {
  auto r = with(pending_job());
  const auto adopted = adopt_pending_jobs(r, "tesseract");
  BOOST_REQUIRE_EQUAL(adopted.size(), 1U);
  const auto& t = std::get<adopt_job>(adopted[0]);
  BOOST_TEST(t.id == "a");
  BOOST_TEST((t.recognition_keys == std::vector{key("tesseract", "x"), key("tesseract", "y")}));
  // It is what the same request is now.
  const auto& s = *r.pending[0].spec;
  BOOST_TEST((t.identity == identity_of(s.pictures, s.language_hints, "tesseract")));
  BOOST_TEST((s.recognition_keys == t.recognition_keys && s.identity == t.identity));
  BOOST_TEST((r.pending[0].identity == t.identity));
  // Once is enough.
  BOOST_TEST(adopt_pending_jobs(r, "tesseract").empty());
}

BOOST_AUTO_TEST_CASE(what_was_read_before_stays_the_other_engine_s) {
  auto job = pending_job();
  job.calls[0].closed = true;
  job.outcomes[0].recognised = test_recognition("x");
  auto r = with(std::move(job));
  const auto adopted = adopt_pending_jobs(r, "tesseract");
  BOOST_REQUIRE_EQUAL(adopted.size(), 1U);
  const auto& t = std::get<adopt_job>(adopted[0]);
  BOOST_TEST((t.recognition_keys == std::vector{key("google", "x"), key("tesseract", "y")}));
  // Identical to a job for neither.
  const auto& s = *r.pending[0].spec;
  for (const auto* scope : {"google", "tesseract"})
    BOOST_TEST((t.identity != identity_of(s.pictures, s.language_hints, scope)));
  // Back to the first one: what is left is for that again, and so the whole job.
  const auto back = adopt_pending_jobs(r, "google");
  BOOST_REQUIRE_EQUAL(back.size(), 1U);
  BOOST_TEST((std::get<adopt_job>(back[0]).identity == pending_job().identity));
}

BOOST_AUTO_TEST_CASE(a_job_that_was_read_to_the_end_stays_the_other_engine_s) {
  auto job = pending_job();
  for (auto& call : job.calls)
    call.closed = true;
  job.outcomes[0].recognised = test_recognition("x");
  job.outcomes[1].error = "unreadable";
  auto r = with(std::move(job));
  BOOST_TEST(adopt_pending_jobs(r, "tesseract").empty());
}

// Its identity did not name the engine.
BOOST_AUTO_TEST_CASE(an_older_program_s_job_is_identical_to_the_same_request) {
  auto job = pending_job();
  const auto wanted = std::exchange(job.identity, sha256("as it was once"));
  auto r = with(std::move(job));
  BOOST_TEST(adopt_pending_jobs(r, "google").size() == 1U);
  BOOST_TEST((r.pending[0].identity == wanted));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
