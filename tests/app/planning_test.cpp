#include "app/planning.hpp"
#include "support/scripted_sieve.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace glyphgate {

namespace {

BOOST_AUTO_TEST_SUITE(planning)

BOOST_AUTO_TEST_CASE(a_job_is_spread_over_the_workers_that_have_a_processor) {
  config settings;
  settings.engine.workers = 2;
  BOOST_TEST(most_lots(settings, 8) == 4U);
  settings.engine.workers = 5;
  BOOST_TEST(most_lots(settings, 8) == 10U);
  BOOST_TEST(most_lots(settings, 2) == 4U);
  BOOST_TEST(most_lots(settings, 1) == 1U);
  BOOST_TEST(most_lots(settings, 0) == 10U);
  settings.engine.workers = 1;
  BOOST_TEST(most_lots(settings, 8) == 1U);
}

BOOST_AUTO_TEST_CASE(spreading_takes_a_hundredth_of_a_day_and_of_the_queue_at_most) {
  config settings;
  settings.engine.workers = 64;
  settings.limits.calls_per_day = 1'000'000;
  settings.jobs.queue_capacity = 1'000'000;
  BOOST_TEST(most_lots(settings, 64) == 128U);
  settings.limits.calls_per_day = 1000;
  BOOST_TEST(most_lots(settings, 64) == 10U);
  settings.jobs.queue_capacity = 300;
  BOOST_TEST(most_lots(settings, 64) == 3U);
  settings.limits.calls_per_day = 1;
  BOOST_TEST(most_lots(settings, 64) == 1U);
}

/// An engine that reads each picture by itself.
class single_engines : public scripted_engines {
public:
  using scripted_engines::scripted_engines;
  bool reads_montages() const override { return false; }
};

BOOST_AUTO_TEST_CASE(only_an_engine_that_reads_each_picture_by_itself_gets_lots) {
  const auto read = [](const auto& call, const auto&, const auto&) { return read_contents(call); };
  const std::vector<picture> pictures(100, {"", nullptr, {picture_format::png, 666, 64, 1}, {}});
  config settings;
  BOOST_TEST(planner_for(settings, scripted_engines{read}, 2)(pictures).size() == 1U);
  BOOST_TEST(planner_for(settings, single_engines{read}, 2)(pictures).size() == 4U);
  settings.calls.max_frames = 10;
  BOOST_TEST(planner_for(settings, scripted_engines{read}, 2)(pictures).size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_sieve_has_a_place_for_each_worker_that_has_a_processor) {
  config settings;
  settings.engine.workers = 5;
  settings.engine.local_first = sieve_mode::blank;
  const auto read = [](const auto& call, const auto&, const auto&) { return read_contents(call); };
  BOOST_TEST(sieve_for(settings, scripted_engines{read}, 2).places == 0U);
  const sifting_engines engines{
      read, [](const auto&, const auto&, const auto&) { return sift_outcome{std::vector<sieve_verdict>{}}; }};
  BOOST_TEST(sieve_for(settings, engines, 2).places == 2U);
  BOOST_TEST(sieve_for(settings, engines, 8).places == 5U);
  BOOST_TEST(sieve_for(settings, engines, 0).places == 5U);
  BOOST_TEST((sieve_for(settings, engines, 2).options.mode == sieve_mode::blank));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
