#include "old_store.hpp"
#include "support/registry_driver.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace glyphgate::store {

BOOST_AUTO_TEST_SUITE(old_jobs_test)

BOOST_DATA_TEST_CASE(the_registry_brings_old_jobs_to_their_end, boost::unit_test::data::make(schema_versions())) {
  const old_store old{sample};
  job_config at_once;
  at_once.engine_wait = std::chrono::seconds{0};
  registry_driver registry{at_once};
  registry.now = old.recovered.as_of;
  registry.next_reservation = old.recovered.first_free;
  registry.take_up(old.recovered);
  BOOST_TEST(registry.count<registry_command::reserve>() == (sample >= 2 ? 3U : 2U));
  std::size_t made = 0;
  while (!registry.quiet()) {
    if (registry.count<registry_command::recall>() != 0)
      registry.recall_nothing();
    else if (registry.count<registry_command::reserve>() != 0)
      registry.grant();
    else if (registry.count<registry_command::record>() != 0)
      registry.store();
    else if (registry.count<registry_command::settle>() != 0)
      registry.take<registry_command::settle>();
    else if (registry.count<registry_command::hold_calls>() != 0)
      registry.take<registry_command::hold_calls>();
    else
      for (const auto& call : registry.sent()) {
        registry.read(call);
        ++made;
      }
  }
  // From the fifth on jobs share calls and wait in line; since the seventh two pages of a file do, and since the eighth
  // what was sifted, or is to be, and since the ninth what is somebody's.
  BOOST_TEST(made == (sample >= 9   ? 16U
                      : sample >= 8 ? 15U
                      : sample >= 7 ? 13U
                      : sample >= 5 ? 11U
                      : sample >= 2 ? 8U
                                    : 7U));
  for (const auto& job : old.recovered.pending) {
    const auto expected = job.view.id == "gave-up" ? job_status::failed : job_status::completed;
    BOOST_TEST((registry.state.jobs().view(registry.now, job.view.id)->status == expected));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
