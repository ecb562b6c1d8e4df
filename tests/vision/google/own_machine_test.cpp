#include "vision/google/own_machine.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate::vision {

BOOST_AUTO_TEST_SUITE(own_machine)

BOOST_AUTO_TEST_CASE(this_machine_is_known_by_its_names_and_addresses) {
  for (const auto* url :
       {"http://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1:8080/v1", "https://127.1.2.3/v1", "http://127.1/",
        "http://2130706433/", "http://0x7f.0.0.1/", "http://localhost", "http://LocalHost:1/", "https://localhost./",
        "https://vision.localhost/v1", "http://[::1]", "http://[::1]:80/v1", "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/", "https://somebody@localhost/", "https://a@b@127.0.0.1?q"})
    BOOST_TEST(leads_to_own_machine(url), url);
}

BOOST_AUTO_TEST_CASE(other_machines_are_others) {
  for (const auto* url :
       {"", "https://", "https://vision.googleapis.com/v1", "https://127.0.0.1.example.com/", "https://notlocalhost/",
        "https://localhost.example.com/", "https://localhost@example.com/", "https://example.com/127.0.0.1",
        "https://example.com?@localhost", "https://example.com#@localhost", "https://128.0.0.1/", "https://12.7.0.0/",
        "http://[::2]/", "http://[::ffff:128.0.0.1]/", "http://[", "http://[fe80::1%25lo]/",
        "http://169.254.169.254/computeMetadata"})
    BOOST_TEST(!leads_to_own_machine(url), url);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::vision
