#include "core/failpoint.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace failpoint = glyphgate::failpoint;

namespace {

struct no_failpoints {
  no_failpoints() { failpoint::configure(""); }
  ~no_failpoints() { failpoint::configure(""); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(failpoint_test, no_failpoints)

BOOST_AUTO_TEST_CASE(nothing_happens_unless_it_is_set) {
  BOOST_TEST(!failpoint::fails("store.sweep.before_commit"));
}

BOOST_AUTO_TEST_CASE(an_error_comes_at_the_hits_that_are_asked_for) {
  const auto hits = [](const std::string& when) {
    failpoint::configure("store.begin.before_commit=error" + when + ";store.end.before_commit=error");
    std::string pattern;
    for (int i = 0; i < 5; ++i)
      pattern += failpoint::fails("store.begin.before_commit") ? 'x' : '.';
    return pattern;
  };
  BOOST_TEST(hits("") == "xxxxx");
  BOOST_TEST(hits("@3") == "..x..");
  BOOST_TEST(hits("@3+") == "..xxx");
  BOOST_TEST(hits("%0:1") == ".....");
  BOOST_TEST(hits("%1:1") == "xxxxx");
  const auto some = hits("%0.5:1234");
  BOOST_TEST(hits("%0.5:1234") == some);
  BOOST_TEST(failpoint::fails("store.end.before_commit"));
}

BOOST_AUTO_TEST_CASE(a_stall_takes_its_time) {
  failpoint::configure("store.begin.before_commit=stall:30@1");
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(!failpoint::fails("store.begin.before_commit"));
  BOOST_TEST((std::chrono::steady_clock::now() - start >= std::chrono::milliseconds{30}));
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_refused) {
  for (const auto* wrong : {"nowhere=kill", "store.begin.before_commit", "store.begin.before_commit=explode",
                            "store.begin.before_commit=stall", "store.begin.before_commit=stall:x",
                            "store.begin.before_commit=kill@x", "store.begin.after_commit=error"})
    BOOST_CHECK_THROW(failpoint::configure(wrong), std::invalid_argument);
  failpoint::configure(";store.begin.after_commit=stall:0;");
}

BOOST_AUTO_TEST_SUITE_END()
