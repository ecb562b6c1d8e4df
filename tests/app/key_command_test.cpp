#include "app/key_command.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "core/keys/key_ring.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>

namespace glyphgate {

namespace {

struct told {
  int code = 0;
  std::string out;
  std::string notes;
};

told run(const std::vector<std::string_view>& words) {
  std::ostringstream out;
  std::ostringstream notes;
  const auto code = run_key_command(words, out, notes);
  return {code, out.str(), notes.str()};
}

void check_refused(const std::vector<std::string_view>& words, const std::string& part) {
  const auto t = run(words);
  BOOST_TEST(t.code == 2);
  BOOST_TEST(t.out == "");
  BOOST_TEST(t.notes.starts_with("glyphgate: "));
  BOOST_TEST(t.notes.find(part) != std::string::npos, t.notes);
  BOOST_TEST(std::count(t.notes.begin(), t.notes.end(), '\n') == 1);
}

BOOST_AUTO_TEST_SUITE(key_command)

BOOST_AUTO_TEST_CASE(a_new_key_is_two_lines_the_key_and_what_finds_it) {
  const auto t = run({"new", "alice", "calls-per-day=500", "admin"});
  BOOST_TEST(t.code == 0);
  const auto end = t.out.find('\n');
  const auto key = t.out.substr(0, end);
  const auto line = t.out.substr(end + 1);
  BOOST_TEST(is_api_key(key));
  BOOST_TEST(line == "alice:" + to_hex(sha256(key)) + " calls-per-day=500 admin\n");
  const auto ring = std::get<key_ring>(key_ring::parse(line));
  BOOST_TEST((ring.find(key) == caller{"alice", true}));
  // Which of the two goes where.
  BOOST_TEST(t.notes.find("for whoever is to use the service") != std::string::npos);
  BOOST_TEST(t.notes.find("API_KEYS_FILE") != std::string::npos);
  BOOST_TEST(t.notes.find(key) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_words_make_no_key) {
  check_refused({}, "key is followed by new NAME");
  check_refused({"nwe", "alice"}, "key is followed by new NAME");
  check_refused({"new"}, "key new takes a name");
  check_refused({"new", "al ice"}, "key new takes a name");
  check_refused({"new", "--help"}, "key new takes a name");
  check_refused({"new", "alice", "calls-per-dya=5"}, "\"calls-per-dya\" is no limit");
  check_refused({"new", "alice", "calls-per-day=5#"}, "must be 1 to 10000000");
  check_refused({"new", "alice", "calls-per-day=5", "calls-per-day=6"}, "is there twice");
  check_refused({"new", "alice", "a\nb"}, "a word is no limit");
  check_refused({"check"}, "key check takes one file");
}

BOOST_AUTO_TEST_CASE(a_file_is_checked) {
  const temporary_directory scratch;
  const std::string path = scratch.path() / "keys";
  std::ofstream{path} << run({"new", "alice"}).out.substr(32) << run({"new", "bob"}).out.substr(32);
  const auto good = run({"check", path});
  BOOST_TEST(good.code == 0);
  BOOST_TEST(good.out == "2 keys of 2 names: alice bob\n");
  std::ofstream{path} << "alice\n";
  check_refused({"check", path}, path + ": line 1: there is no ':'");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
