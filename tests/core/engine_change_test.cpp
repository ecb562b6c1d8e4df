#include "core/engine_change.hpp"
#include "support/literal_time.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

/// A job of two pictures that was accepted for "google".
kept_job pending_job() {
  kept_job job;
  job.view.id = "a";
  job.view.created_at = at(0s);
  job.engine = "google";
  job.spec = make_job_spec({test_picture("1", "x"), test_picture("2", "y")}, {"de"}, "google");
  job.identity = job.spec->identity;
  job.aboard = {1, 2};
  job.outcomes.resize(2);
  return job;
}

const engine_description google{"google", "google", 1500};
const engine_description tesseract{"tesseract", "tesseract", 0};

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
  auto job = pending_job();
  const auto before = job.spec;
  BOOST_TEST(!end_of_wait(job, google, 24h).has_value());
  BOOST_TEST(!adopt(job, google, 24h).has_value());
  BOOST_TEST(job.spec == before);
}

BOOST_AUTO_TEST_CASE(a_job_waits_for_the_engine_that_it_was_accepted_for) {
  auto job = pending_job();
  BOOST_TEST((end_of_wait(job, tesseract, 24h) == at(24h)));
  BOOST_TEST((end_of_wait(job, tesseract, 0s) == at(0s)));
  // From the end of an earlier wait.
  job.age_from = at(1h);
  BOOST_TEST((end_of_wait(job, tesseract, 2h) == at(3h)));
  // Older programs did not note the engine.
  job.engine.clear();
  BOOST_TEST(!end_of_wait(job, tesseract, 24h).has_value());
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_an_engine_that_the_present_one_stands_for) {
  auto job = pending_job();
  const engine_description local{"local", "local", 0, {"tesseract"}};
  BOOST_TEST((end_of_wait(job, local, 24h) == at(24h)));
  job.engine = "tesseract";
  BOOST_TEST(!end_of_wait(job, local, 24h).has_value());
  // It is read under the other's scope, and its age counts from its acceptance.
  const auto t = adopt(job, local, 24h);
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST(!t->age_from.has_value());
  BOOST_TEST((t->recognition_keys == std::vector{key("local", "x"), key("local", "y")}));
}

BOOST_AUTO_TEST_CASE(what_another_engine_is_to_read_is_remembered_as_its_own) {
  auto job = pending_job();
  const auto t = adopt(job, tesseract, 2h);
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST(t->id == "a");
  BOOST_TEST((t->recognition_keys == std::vector{key("tesseract", "x"), key("tesseract", "y")}));
  // Its age counts from the end of its wait.
  BOOST_TEST((t->age_from == at(2h)));
  // It is what the same request is now.
  const auto& s = *job.spec;
  BOOST_TEST((t->identity == identity_of(s.pictures, s.language_hints, "tesseract")));
  BOOST_TEST((s.recognition_keys == t->recognition_keys && s.identity == t->identity));
  BOOST_TEST((job.identity == t->identity));
  BOOST_TEST((job.engine == "google" && job.age_from == t->age_from));
  // Once is enough, also after another start.
  BOOST_TEST(!end_of_wait(job, tesseract, 24h).has_value());
  BOOST_TEST(!adopt(job, tesseract, 2h).has_value());
  // Where the engine that it was accepted for is there again, that reads it at once.
  BOOST_TEST(!end_of_wait(job, google, 24h).has_value());
  const auto back = adopt(job, google, 24h);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST((back->recognition_keys == pending_job().spec->recognition_keys));
}

BOOST_AUTO_TEST_CASE(another_version_of_the_engine_takes_a_job_over_at_once) {
  auto job = pending_job();
  const engine_description newer{"google", "google 2", 1500};
  BOOST_TEST(!end_of_wait(job, newer, 24h).has_value());
  const auto t = adopt(job, newer, 24h);
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST((t->recognition_keys == std::vector{key("google 2", "x"), key("google 2", "y")}));
  BOOST_TEST(!t->age_from.has_value());
}

BOOST_AUTO_TEST_CASE(what_was_read_before_stays_the_other_engine_s) {
  auto job = pending_job();
  job.outcomes[0].recognised = test_recognition("x");
  const auto t = adopt(job, tesseract, 0s);
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST((t->recognition_keys == std::vector{key("google", "x"), key("tesseract", "y")}));
  // Identical to a job for neither.
  const auto& s = *job.spec;
  for (const auto* scope : {"google", "tesseract"})
    BOOST_TEST((t->identity != identity_of(s.pictures, s.language_hints, scope)));
  // Back to the first one: what is left is for that again, and so the whole job.
  const auto back = adopt(job, google, 0s);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST((back->identity == pending_job().identity));
}

BOOST_AUTO_TEST_CASE(a_picture_that_repeats_one_that_was_read_before_stays_the_other_engine_s_too) {
  auto job = pending_job();
  job.spec = make_job_spec({test_picture("1", "x"), test_picture("2", "y"), test_picture("3", "x")}, {"de"}, "google");
  job.identity = job.spec->identity;
  job.outcomes.resize(3);
  job.outcomes[0].recognised = test_recognition("x");
  const auto t = adopt(job, tesseract, 0s);
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST((t->recognition_keys == std::vector{key("google", "x"), key("tesseract", "y"), key("google", "x")}));
}

BOOST_AUTO_TEST_CASE(a_job_that_was_read_to_the_end_stays_the_other_engine_s) {
  auto job = pending_job();
  job.outcomes[0].recognised = test_recognition("x");
  job.outcomes[1].error = "unreadable";
  BOOST_TEST(!end_of_wait(job, tesseract, 24h).has_value());
  BOOST_TEST(!adopt(job, tesseract, 24h).has_value());
}

// Its identity did not name the engine.
BOOST_AUTO_TEST_CASE(an_older_program_s_job_is_identical_to_the_same_request) {
  auto job = pending_job();
  job.engine.clear();
  const auto wanted = std::exchange(job.identity, sha256("as it was once"));
  const auto t = adopt(job, google, 24h);
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST((job.identity == wanted));
  BOOST_TEST(!t->age_from.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
