#include "app/misspelt_variables.hpp"
#include "app/options.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace glyphgate {

namespace {

std::string meant(std::string_view given) {
  const auto found = misspelt_variables({given});
  return found.empty() ? "" : found.front().meant;
}

BOOST_AUTO_TEST_SUITE(misspelt)

BOOST_AUTO_TEST_CASE(a_name_near_a_setting_is_found) {
  BOOST_TEST(meant("DAILY_API_CALL_LIMIT") == "DAILY_API_CALLS_LIMIT");
  BOOST_TEST(meant("DAILY_API_CALLS_LIMITS") == "DAILY_API_CALLS_LIMIT");
  BOOST_TEST(meant("DALIY_API_CALLS_LIMIT") == "DAILY_API_CALLS_LIMIT");
  BOOST_TEST(meant("JOB_PER_MINUTE_LIMIT") == "JOBS_PER_MINUTE_LIMIT");
  BOOST_TEST(meant("API_KEY") == "API_KEYS");
  BOOST_TEST(meant("API_KEY_FILE") == "API_KEYS_FILE");
  BOOST_TEST(meant("LOGLEVEL") == "LOG_LEVEL");
  BOOST_TEST(meant("TRUSTED_PROXY") == "TRUSTED_PROXIES");
  BOOST_TEST(meant("daily_api_calls_limit") == "DAILY_API_CALLS_LIMIT");
}

BOOST_AUTO_TEST_CASE(a_name_without_its_end_is_found) {
  BOOST_TEST(meant("MONTHLY_BUDGET") == "MONTHLY_BUDGET_USD");
  BOOST_TEST(meant("JOBS_PER_MINUTE") == "JOBS_PER_MINUTE_LIMIT");
  BOOST_TEST(meant("VISION_CALL_PRICE") == "VISION_CALL_PRICE_USD");
  BOOST_TEST(meant("MAX_BODY") == "MAX_BODY_MB");
  BOOST_TEST(meant("DAILY") == "");
}

BOOST_AUTO_TEST_CASE(a_setting_and_what_others_read_are_left_alone) {
  for (const auto& setting : option_table())
    BOOST_TEST(meant(setting.environment) == "", setting.environment);
  for (const auto* name : {"",
                           "PATH",
                           "HOME",
                           "HOSTNAME",
                           "PORTS",
                           "USER",
                           "LANG",
                           "LC_ALL",
                           "TZ",
                           "HOSTS",
                           "POST",
                           "KUBERNETES_SERVICE_HOST",
                           "FLY_APP_NAME",
                           "XDG_DATA_DIRS",
                           "LD_PRELOAD",
                           "ASAN_OPTIONS",
                           "GOOGLE_CLOUD_REGION",
                           "HTTP_PROXY",
                           "no_proxy",
                           "OMP_THREAD_LIMIT"})
    BOOST_TEST(meant(name) == "", name);
  BOOST_TEST(meant(std::string(100'000, 'A')) == "");
}

BOOST_AUTO_TEST_CASE(the_order_is_the_environments) {
  const auto found = misspelt_variables({"LOG_LEVLE", "PATH", "DATADIR"});
  BOOST_REQUIRE(found.size() == 2U);
  BOOST_TEST(found[0].given == "LOG_LEVLE");
  BOOST_TEST(found[0].meant == "LOG_LEVEL");
  BOOST_TEST(found[1].meant == "DATA_DIR");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
