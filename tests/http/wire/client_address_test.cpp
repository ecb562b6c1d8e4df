#include "http/wire/client_address.hpp"
#include "http/wire/request_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;

namespace {

request with(const std::string& fields) {
  request_reader reader{reader_limits{}};
  reader.consume("GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
  BOOST_REQUIRE(reader.complete());
  return reader.take();
}

std::string client(const std::vector<std::string>& trusted, const std::string& peer, const std::string& fields) {
  return client_addresses{trusted}.of(with(fields), ip_address::parse(peer).value()).text();
}

const std::vector<std::string> inner{"10.0.0.0/8", "fd00::/8"};

} // namespace

BOOST_AUTO_TEST_SUITE(client_address)

BOOST_AUTO_TEST_CASE(nobody_is_believed_unless_told_to) {
  const std::string all = "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\nFly-Client-IP: 1.1.1.1\r\n";
  BOOST_TEST(client({}, "10.0.0.1", all) == "10.0.0.1");
  BOOST_TEST(client(inner, "192.0.2.1", all) == "192.0.2.1");
  BOOST_TEST(client(inner, "10.0.0.1", "") == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_names_who_it_saw_and_no_more) {
  BOOST_TEST(client(inner, "10.0.0.1", "X-Forwarded-For: 203.0.113.9\r\n") == "203.0.113.9");
  // What the client itself sent stands before.
  BOOST_TEST(client(inner, "10.0.0.1", "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n") == "203.0.113.9");
  BOOST_TEST(client(inner, "10.0.0.1", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9, 10.9.9.9\r\n") ==
             "203.0.113.9");
  BOOST_TEST(client(inner, "::ffff:10.0.0.1", "X-Forwarded-For: 2001:db8::7\r\n") == "2001:db8::7");
  BOOST_TEST(client(inner, "10.0.0.1", "X-Forwarded-For: 10.1.1.1, 10.2.2.2\r\n") == "10.1.1.1");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_ends_the_trail) {
  for (const auto* fields :
       {"X-Forwarded-For: unknown\r\n", "X-Forwarded-For: 1.1.1.1, nonsense\r\n", "X-Forwarded-For: ,\r\n",
        "Forwarded: for=_hidden\r\n", "Forwarded: by=1.1.1.1\r\n", "Forwarded: for=\r\n", "Forwarded: ;;;for\r\n",
        "Forwarded: for=[\r\n", "Forwarded: \"\r\n"})
    BOOST_TEST(client(inner, "10.0.0.1", fields) == "10.0.0.1", fields);
}

BOOST_AUTO_TEST_CASE(forwarded_is_read_as_its_rfc_has_it) {
  BOOST_TEST(client(inner, "10.0.0.1", "Forwarded: for=192.0.2.60;proto=http;by=203.0.113.43\r\n") == "192.0.2.60");
  BOOST_TEST(client(inner, "10.0.0.1", "Forwarded: proto=http; For=\"[2001:db8:cafe::17]:4711\"\r\n") ==
             "2001:db8:cafe::17");
  BOOST_TEST(client(inner, "10.0.0.1", "Forwarded: for=6.6.6.6, for=192.0.2.43:47011, for=10.2.2.2\r\n") ==
             "192.0.2.43");
}

BOOST_AUTO_TEST_CASE(two_fields_that_differ_are_not_believed) {
  BOOST_TEST(client(inner, "10.0.0.1", "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=2.2.2.2\r\n") == "10.0.0.1");
  BOOST_TEST(client(inner, "10.0.0.1", "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\n") == "1.1.1.1");
}

BOOST_AUTO_TEST_CASE(flys_own_field_counts_only_from_fly) {
  const std::string told = "Fly-Client-IP: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.9, 66.241.1.1\r\n";
  BOOST_TEST(client({"fly"}, "fdaa:0:1::3", told) == "203.0.113.9");
  BOOST_TEST(client({"fly"}, "172.19.0.2", told) == "203.0.113.9");
  BOOST_TEST(client({"fly"}, "192.0.2.1", told) == "192.0.2.1");
  BOOST_TEST(client({"fly"}, "fdaa::3", "Fly-Client-IP: nonsense\r\n") == "fdaa::3");
  BOOST_TEST(client(inner, "10.0.0.1", told) == "66.241.1.1");
}

BOOST_AUTO_TEST_CASE(a_setting_is_addresses_blocks_and_fly) {
  for (const auto* word : {"fly", "10.0.0.1", "10.0.0.0/8", "fdaa::/16", "::1"})
    BOOST_TEST(client_addresses::is_proxy(word), word);
  for (const auto* word : {"", "Fly", "all", "10.0.0.1/8", "proxy.example"})
    BOOST_TEST(!client_addresses::is_proxy(word), word);
}

BOOST_AUTO_TEST_SUITE_END()
