#include "core/registry/request_keys.hpp"
#include "support/literal_time.hpp"
#include "support/registry_driver.hpp"
#include "support/test_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

// Requests that clients give keys of their own: Idempotency-Key.

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

std::shared_ptr<const job_spec> keyed(const std::string& key, const std::string& content, const owner_name& owner = {},
                                      std::optional<duration> max_delay = {}) {
  return make_job_spec({test_picture("1", content)}, {}, "test", {max_delay, false, false, owner, false, key});
}

struct clients_with_keys : registry_driver {
  using registry_driver::registry_driver;

  /// What posting it comes to where the limits have room.
  submission take_in(std::shared_ptr<const job_spec> spec) {
    const auto who = submit(std::move(spec));
    recall_nothing();
    breaker(breaker_mode::closed);
    grant();
    BOOST_TEST(store() == "accept_job note_request");
    return submission_of(who);
  }
  /// What posting it is answered at once.
  submission repeat(std::shared_ptr<const job_spec> spec) {
    const auto who = submit(std::move(spec));
    BOOST_REQUIRE(answered(who));
    return submission_of(who);
  }
};

recovery one_ended_job(const std::string& key) {
  recovery r;
  kept_job job;
  job.view.id = "job1";
  job.view.status = job_status::completed;
  job.view.completed_at = at(0s);
  job.view.expires_at = at(1h);
  r.ended.push_back(job);
  r.requests.push_back({{}, *keyed(key, "x")->key, "job1", job_status::pending, false});
  return r;
}

BOOST_AUTO_TEST_SUITE(keys_of_requests)

BOOST_AUTO_TEST_CASE(a_request_that_is_repeated_is_answered_alike_and_does_nothing) {
  clients_with_keys d;
  const auto first = d.take_in(keyed("k", "x"));
  BOOST_TEST(!first.repeated);
  const auto call = d.sent_one();
  const auto again = d.repeat(keyed("k", "x"));
  BOOST_TEST((again.id == first.id && again.status == first.status && again.identical == first.identical));
  BOOST_TEST(again.repeated);
  // Also when the job has ended, badly.
  d.fail(call, {ec::request_rejected, "bad", false, {}});
  while (d.count<registry_command::record>() != 0)
    d.store();
  const auto later = d.repeat(keyed("k", "x"));
  BOOST_TEST((later.id == first.id && later.status == job_status::pending && later.repeated));
  BOOST_TEST(d.sent().empty());
}

BOOST_AUTO_TEST_CASE(another_request_with_the_same_key_is_refused) {
  clients_with_keys d;
  d.take_in(keyed("k", "x"));
  BOOST_TEST((d.repeat(keyed("k", "y")).refused == ec::idempotency_key_reused));
  // What else it asks for counts, too.
  BOOST_TEST((d.repeat(keyed("k", "x", {}, 5s)).refused == ec::idempotency_key_reused));
  BOOST_TEST(d.repeat(keyed("k", "x")).accepted());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_under_way_is_not_joined) {
  clients_with_keys d;
  d.submit(keyed("k", "x"));
  BOOST_TEST((d.repeat(keyed("k", "x")).refused == ec::idempotency_key_in_use));
  BOOST_TEST((d.repeat(keyed("k", "y")).refused == ec::idempotency_key_reused));
}

BOOST_AUTO_TEST_CASE(what_was_refused_leaves_its_key_free) {
  clients_with_keys d;
  const auto who = d.submit(keyed("k", "x"));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.deny(1h);
  BOOST_TEST((d.submission_of(who).refused == ec::rate_limited));
  BOOST_TEST(d.take_in(keyed("k", "y")).accepted());
}

BOOST_AUTO_TEST_CASE(each_owner_has_keys_of_its_own) {
  clients_with_keys d;
  const auto of_ann = d.take_in(keyed("k", "x", "ann"));
  const auto of_bob = d.take_in(keyed("k", "y", "bob"));
  BOOST_TEST(of_ann.id != of_bob.id);
  BOOST_TEST(d.repeat(keyed("k", "x", "ann")).id == of_ann.id);
  BOOST_TEST(d.repeat(keyed("k", "y", "bob")).id == of_bob.id);
}

BOOST_AUTO_TEST_CASE(a_key_of_an_identical_job_is_durable_before_it_is_answered) {
  clients_with_keys d;
  const auto first = d.take_in(keyed("k", "x"));
  const auto who = d.submit(keyed("other", "x"));
  BOOST_TEST(!d.answered(who));
  BOOST_TEST((d.repeat(keyed("other", "x")).refused == ec::idempotency_key_in_use));
  BOOST_TEST(d.store() == "note_request");
  BOOST_TEST((d.submission_of(who).id == first.id && d.submission_of(who).identical));
  BOOST_TEST((d.repeat(keyed("other", "x")).identical));
}

BOOST_AUTO_TEST_CASE(who_joins_a_job_on_its_way_in_has_its_key_too) {
  clients_with_keys d;
  d.submit(keyed("k", "x"));
  const auto joins = d.submit(keyed("other", "x"));
  const auto without = d.submit(make_job_spec({test_picture("1", "x")}, {}, "test"));
  d.recall_nothing();
  d.breaker(breaker_mode::closed);
  d.grant();
  d.store();
  BOOST_TEST(d.submission_of(without).identical);
  BOOST_TEST(!d.answered(joins));
  BOOST_TEST(d.store() == "note_request");
  BOOST_TEST(d.submission_of(joins).identical);
  BOOST_TEST(d.repeat(keyed("other", "x")).repeated);
}

BOOST_AUTO_TEST_CASE(a_key_lives_as_long_as_its_job) {
  clients_with_keys d;
  d.take_in(keyed("k", "x"));
  const auto call = d.sent_one();
  d.read(call);
  while (d.count<registry_command::record>() != 0)
    d.store();
  const auto gone = d.cancel("job1");
  d.store();
  BOOST_TEST(d.done(gone));
  const auto who = d.submit(keyed("k", "y"));
  BOOST_TEST(!d.answered(who));
}

BOOST_AUTO_TEST_CASE(keys_outlive_the_process) {
  clients_with_keys d;
  d.take_up(one_ended_job("k"));
  const auto again = d.repeat(keyed("k", "x"));
  BOOST_TEST((again.id == "job1" && again.repeated && again.status == job_status::pending));
  BOOST_TEST((d.repeat(keyed("k", "y")).refused == ec::idempotency_key_reused));
  // Its job has expired, and is not swept yet.
  d.now = at(2h);
  BOOST_TEST(!d.answered(d.submit(keyed("k", "y"))));
}

BOOST_AUTO_TEST_CASE(a_job_keeps_its_latest_keys) {
  request_keys keys;
  const auto answered = [](std::size_t i) {
    return answered_request{"ann", {"k" + std::to_string(i), sha256("x")}, "job1", job_status::pending, i != 0};
  };
  for (std::size_t i = 0; i < request_keys::most_of_a_job; ++i) {
    BOOST_TEST(!keys.oldest_in_the_way("job1"));
    keys.note(answered(i));
  }
  BOOST_TEST(keys.oldest_in_the_way("job1").value_or("") == "k0");
  keys.note(answered(request_keys::most_of_a_job));
  BOOST_TEST(keys.find("ann", "k0") == nullptr);
  BOOST_TEST(keys.find("ann", "k1") != nullptr);
  keys.forget("job1");
  BOOST_TEST(keys.find("ann", "k1") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
