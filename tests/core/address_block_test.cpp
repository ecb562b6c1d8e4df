#include "core/address_block.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>

using namespace glyphgate;

namespace {

bool holds(std::string_view block, std::string_view address) {
  return address_block::parse(block).value().holds(ip_address::parse(address).value());
}

BOOST_AUTO_TEST_SUITE(address_blocks)

BOOST_AUTO_TEST_CASE(an_address_is_shown_as_it_is_written) {
  for (const auto* text : {"1.2.3.4", "::1", "fdaa::3", "2001:db8::1", "0.0.0.0", "::"})
    BOOST_TEST(ip_address::parse(text).value().text() == text);
  BOOST_TEST(ip_address::parse("::ffff:1.2.3.4").value().text() == "1.2.3.4");
  BOOST_TEST((ip_address::parse("::ffff:1.2.3.4") == ip_address::parse("1.2.3.4")));
  for (const auto* text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "localhost", "::g", "[::1]", "1.2.3.4:80", " 1.2.3.4", "fe80::1%eth0"})
    BOOST_TEST(!ip_address::parse(text), text);
  BOOST_TEST(!ip_address::parse(std::string(100'000, '1')));
  BOOST_TEST(!ip_address::parse(std::string_view{"1.2.3.4\0x", 9}));
}

BOOST_AUTO_TEST_CASE(a_block_holds_what_begins_with_its_bits) {
  BOOST_TEST(holds("10.0.0.0/8", "10.255.0.1"));
  BOOST_TEST(!holds("10.0.0.0/8", "11.0.0.1"));
  BOOST_TEST(holds("172.16.0.0/12", "172.31.255.255"));
  BOOST_TEST(!holds("172.16.0.0/12", "172.32.0.0"));
  BOOST_TEST(holds("192.0.2.7", "192.0.2.7"));
  BOOST_TEST(holds("192.0.2.7/32", "::ffff:192.0.2.7"));
  BOOST_TEST(!holds("192.0.2.7", "192.0.2.6"));
  BOOST_TEST(holds("0.0.0.0/0", "255.1.2.3"));
  BOOST_TEST(!holds("0.0.0.0/0", "2001:db8::1"));
  BOOST_TEST(holds("::/0", "1.2.3.4"));
  BOOST_TEST(holds("fdaa::/16", "fdaa:1::2"));
  BOOST_TEST(!holds("fdaa::/16", "fdab::"));
  BOOST_TEST(holds("::1", "::1"));
}

BOOST_AUTO_TEST_CASE(what_is_no_block_is_refused) {
  for (const auto* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "::1/64",
                           "::/129", "10.0.0.0/8/8", "all"})
    BOOST_TEST(!address_block::parse(text), text);
}

BOOST_AUTO_TEST_CASE(a_block_holds_exactly_what_agrees_with_it_bit_by_bit) {
  BOOST_TEST(rc::check("any address and length", [](const std::array<std::uint8_t, 4>& a, std::uint32_t flip) {
    const auto bits = *rc::gen::inRange(0, 33);
    const auto mask = bits == 0 ? 0U : ~0U << static_cast<unsigned>(32 - bits);
    const auto number = (static_cast<std::uint32_t>(a[0]) << 24U | static_cast<std::uint32_t>(a[1]) << 16U |
                         static_cast<std::uint32_t>(a[2]) << 8U | a[3]);
    const auto dotted = [](std::uint32_t n) {
      return std::to_string(n >> 24U) + "." + std::to_string(n >> 16U & 255U) + "." + std::to_string(n >> 8U & 255U) +
             "." + std::to_string(n & 255U);
    };
    RC_ASSERT(holds(dotted(number & mask) + "/" + std::to_string(bits), dotted(number ^ flip)) == ((flip & mask) == 0));
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
