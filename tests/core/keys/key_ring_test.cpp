#include "core/keys/api_key.hpp"
#include "core/keys/key_ring.hpp"
#include "core/keys/limit_words.hpp"
#include "core/keys/live_keys.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>

using namespace glyphgate;

namespace {

/// A key of its own for each number.
std::string key(std::uint8_t number) {
  return std::string{api_key_of({number}).reveal()};
}

std::string line(const std::string& name, std::uint8_t number, const std::string& more = "") {
  return name + ":" + to_hex(sha256(key(number))) + more + "\n";
}

key_ring parsed(const std::string& text) {
  const auto ring = key_ring::parse(text);
  if (const auto* wrong = std::get_if<std::string>(&ring))
    BOOST_FAIL(*wrong);
  return std::get<key_ring>(ring);
}

std::string refused(const std::string& text) {
  const auto ring = key_ring::parse(text);
  BOOST_REQUIRE(std::holds_alternative<std::string>(ring));
  return std::get<std::string>(ring);
}

void check_refused(const std::string& text, const std::string& part) {
  const auto why = refused(text);
  BOOST_TEST(why.find(part) != std::string::npos, why);
}

bool opens(const key_ring& ring, std::uint8_t number, const caller& who) {
  const auto found = ring.find(key(number));
  return found && *found == who;
}

BOOST_AUTO_TEST_SUITE(key_rings)

BOOST_AUTO_TEST_CASE(a_key_is_found_by_its_token_and_no_other_is) {
  const auto ring = parsed("# who may\n\n" + line("alice", 1) + "  " + line("bob", 2, " admin # since May") + "\t\r\n");
  BOOST_TEST(ring.size() == 2U);
  BOOST_TEST(opens(ring, 1, {"alice", false}));
  BOOST_TEST(opens(ring, 2, {"bob", true}));
  BOOST_TEST(!ring.find(key(3)));
  BOOST_TEST(!ring.find(""));
  // Neither the digest nor the name opens anything.
  BOOST_TEST(!ring.find(to_hex(sha256(key(1)))));
  BOOST_TEST(!ring.find("alice"));
}

BOOST_AUTO_TEST_CASE(a_token_without_a_keys_form_opens_nothing_whatever_is_stored) {
  BOOST_TEST(!parsed("alice:" + to_hex(sha256("password"))).find("password"));
}

BOOST_AUTO_TEST_CASE(the_last_line_needs_no_end_and_hexadecimal_has_no_case) {
  auto text = line("a", 1);
  text.pop_back();
  for (auto& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  BOOST_TEST(opens(parsed(text), 1, {"A", false}));
}

BOOST_AUTO_TEST_CASE(every_limit_has_a_word_and_no_two_share_one) {
  spending_limits all;
  std::string words;
  std::uint32_t number = 0;
  for (const auto& [name, field] : limit_fields(all))
    words += " " + name + "=" + std::to_string(++number);
  const auto limits = parsed(line("alice", 1, words)).limits().at("alice");
  BOOST_TEST(number == 14U);
  spending_limits expected;
  number = 0;
  for (const auto w : all_windows) {
    expected.in(w) = {number + 1, number + 2, (number + 3) * 1'000'000ULL};
    number += 3;
  }
  expected.pages_per_job = 13;
  expected.calls_per_job = 14;
  BOOST_TEST((limits == expected));
}

BOOST_AUTO_TEST_CASE(a_name_without_limits_has_empty_ones) {
  BOOST_TEST((parsed(line("alice", 1)).limits().at("alice") == spending_limits{}));
}

BOOST_AUTO_TEST_CASE(dollars_are_exact_to_the_millionth) {
  const auto budget = [](const std::string& text) {
    return *parsed(line("a", 1, " budget-per-month=" + text)).limits().at("a").in(window_kind::month).budget;
  };
  BOOST_TEST(budget("5.00") == 5'000'000U);
  BOOST_TEST(budget("0.000001") == 1U);
  BOOST_TEST(budget("1000000") == 1'000'000'000'000U);
  BOOST_TEST(budget("0.1") == 100'000U);
  for (const auto* wrong : {"0", "0.0", "", ".", "5.", "1.0000001", "-1", "1e3", "1000000.000001", "5,00", "$5", "nan",
                            "99999999999999999999"})
    check_refused(line("a", 1, std::string{" budget-per-day="} + wrong), "\"budget-per-day\" must be US dollars");
}

BOOST_AUTO_TEST_CASE(counts_are_whole_and_bounded) {
  for (const auto* wrong : {"0", "", "-1", "+1", "1.5", "10000001", "99999999999", "many"})
    check_refused(line("a", 1, std::string{" calls-per-job="} + wrong),
                  "line 1: \"calls-per-job\" must be 1 to 10000000; for no limit, leave it out");
}

BOOST_AUTO_TEST_CASE(keys_of_one_name_share_its_limits) {
  const auto ring = parsed(line("alice", 1, " calls-per-day=5") + line("alice", 2) +
                           line("alice", 3, " calls-per-day=5 jobs-per-hour=7 admin"));
  spending_limits expected;
  expected.in(window_kind::day).calls = 5;
  expected.in(window_kind::hour).jobs = 7;
  BOOST_TEST((ring.limits().at("alice") == expected));
  BOOST_TEST(opens(ring, 2, {"alice", false}));
  BOOST_TEST(opens(ring, 3, {"alice", true}));
  check_refused(line("alice", 1, " calls-per-day=5") + line("alice", 2, " calls-per-day=6"),
                "line 2: \"calls-per-day\" of alice has another value in a line above");
}

BOOST_AUTO_TEST_CASE(an_error_names_the_line_and_what_to_do) {
  const auto good = line("alice", 1);
  check_refused("", "there is no key in it; `glyphgate key new NAME` makes one");
  check_refused("# nobody\n", "there is no key in it");
  check_refused(good + "\nbob\n", "line 3: there is no ':' in its first word; a line begins with NAME:SHA256");
  check_refused(good + "b/b:" + std::string(64, '0'), "line 2: the name before the ':' must be 1 to 64 letters");
  check_refused(good + ":" + std::string(64, '0'), "line 2: the name before the ':'");
  check_refused(good + std::string(65, 'n') + ":" + std::string(64, '0'), "line 2: the name before the ':'");
  check_refused(good + "bob: " + std::string(64, '0'), "line 2: what follows \"bob:\" is no SHA-256 digest");
  check_refused(good + "bob:" + std::string(63, '0') + "g", "64 hexadecimal digits");
  check_refused(good + line("bob", 2) + line("carol", 1), "line 3: this is the key of line 1 again");
  check_refused(line("a", 1, " calls-per-dya=5"), "line 1: \"calls-per-dya\" is no limit; the limits are jobs-per-W");
  check_refused(line("a", 1, " calls-per-day"), "line 1: \"calls-per-day\" has no value; write calls-per-day=VALUE");
  check_refused(line("a", 1, " calls-per-day = 5"), "\"calls-per-day\" has no value");
  check_refused(line("a", 1, " calls-per-day=5 calls-per-day=5"), "is there twice");
  check_refused(line("a", 1, " Admin"), "a word is no limit");
}

BOOST_AUTO_TEST_CASE(more_keys_than_can_be_compared_are_refused) {
  std::string text;
  for (std::size_t i = 0; i <= key_ring::most_keys; ++i)
    text += "a:" + to_hex(sha256(std::to_string(i))) + "\n";
  check_refused(text, "line 1001: there are more than 1000 keys");
}

BOOST_AUTO_TEST_CASE(an_error_shows_no_key_and_no_digest) {
  const auto token = key(9);
  for (const auto& text : {token + "\n", "alice:" + token + "\n", token + ":" + std::string(64, '0') + "\n",
                           token + ":alice", line("alice", 1, " " + token), line("alice", 1, " " + token + "=5"),
                           line("alice", 1, " calls-per-day=" + token)})
    BOOST_TEST(refused(text).find("gg_") == std::string::npos);
  check_refused("alice:" + token, "this is a key itself");
  const auto digest_word = to_hex(sha256(token));
  for (const auto& text : {digest_word + "\n", "alice:" + digest_word + "0\n", line("alice", 1, " " + digest_word)})
    BOOST_TEST(refused(text).find(digest_word.substr(0, 16)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(any_text_is_read_or_refused_in_one_line) {
  BOOST_TEST(rc::check("any text", [](const std::string& text) {
    const auto ring = key_ring::parse(text);
    if (const auto* why = std::get_if<std::string>(&ring))
      RC_ASSERT(!why->empty() && why->find('\n') == std::string::npos);
    else
      RC_ASSERT(!std::get<key_ring>(ring).empty());
  }));
}

BOOST_AUTO_TEST_CASE(a_ring_that_is_replaced_is_in_force_and_told) {
  const auto first = std::make_shared<const key_ring>(parsed(line("alice", 1)));
  const auto second = std::make_shared<const key_ring>(parsed(line("bob", 2)));
  live_keys keys{first};
  live_keys::ring_ptr told;
  keys.on_replaced([&](const auto& ring) {
    BOOST_TEST(keys.get() == ring);
    told = ring;
  });
  BOOST_TEST(keys.get() == first);
  BOOST_TEST(told == nullptr);
  keys.replace(second);
  BOOST_TEST(keys.get() == second);
  BOOST_TEST(told == second);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
