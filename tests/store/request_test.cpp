// The answers to requests with a key.
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate::store {

BOOST_AUTO_TEST_SUITE(requests)

BOOST_AUTO_TEST_CASE(a_stale_request_takes_nobodys_place) {
  const temporary_directory dir{in_memory()};
  const request_key key{"key", sha256("request")};
  const request_key other{"other", sha256("request")};
  {
    const auto store = open_sqlite_store({dir.path()});
    store->recover(at(50));
    commit(*store, {make_accept("job", {"a"}, 1), note_request{{"ann", key, "job", job_status::pending, false}},
                    note_request{{"ann", other, "job", job_status::pending, false}}});
    note_request stale{{"ann", key, "nowhere", job_status::pending, false}, "other"};
    BOOST_TEST((commit(*store, {stale}) == verdicts{verdict::stale}));
  }
  const auto store = open_sqlite_store({dir.path()});
  BOOST_TEST(store->recover(at(60)).requests.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
