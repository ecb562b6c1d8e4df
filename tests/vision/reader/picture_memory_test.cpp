#include "vision/reader/picture_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

using namespace glyphgate::vision;

BOOST_AUTO_TEST_SUITE(memory_for_pictures)

BOOST_AUTO_TEST_CASE(more_than_all_is_refused_at_once) {
  const auto memory = std::make_shared<picture_memory>(100);
  BOOST_TEST(!memory->take(101, {}).has_value());
  BOOST_TEST(memory->take(100, {}).has_value());
}

BOOST_AUTO_TEST_CASE(who_comes_later_waits_and_gets_it) {
  const auto memory = std::make_shared<picture_memory>(100);
  auto first = memory->take(60, {});
  BOOST_REQUIRE(first.has_value());
  auto second = std::async(std::launch::async, [&] { return memory->take(60, {})->bytes(); });
  auto small = std::async(std::launch::async, [&] { return memory->take(100, {})->bytes(); });
  first.reset();
  BOOST_TEST(second.get() == 60U);
  BOOST_TEST(small.get() == 100U);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_waiting_and_lets_others_pass) {
  const auto memory = std::make_shared<picture_memory>(100);
  const auto first = memory->take(60, {});
  std::stop_source stop;
  auto large = std::async(std::launch::async, [&] { return memory->take(100, stop.get_token()).has_value(); });
  auto small = std::async(std::launch::async, [&] { return memory->take(40, {}).has_value(); });
  stop.request_stop();
  BOOST_TEST(!large.get());
  BOOST_TEST(small.get());
}

BOOST_AUTO_TEST_CASE(never_more_than_there_is) {
  const auto memory = std::make_shared<picture_memory>(100);
  std::atomic<int> taken = 0;
  std::atomic<bool> exceeded = false;
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < 4; ++w)
      workers.emplace_back([&, w] {
        for (int i = 0; i < 500; ++i) {
          const int wanted = 1 + (i * 37 + w * 11) % 100;
          const auto share = memory->take(static_cast<std::uint64_t>(wanted), {});
          if ((taken += wanted) > 100)
            exceeded = true;
          taken -= wanted;
        }
      });
  }
  BOOST_TEST(!exceeded);
}

BOOST_AUTO_TEST_SUITE_END()
