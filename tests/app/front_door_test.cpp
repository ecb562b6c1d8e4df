#include "app/front_door.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "core/log.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <fstream>
#include <string>

namespace glyphgate {

namespace {

using outcome = std::variant<std::shared_ptr<live_keys>, std::string>;

std::string line(const std::string& name, std::uint8_t number) {
  return name + ":" + to_hex(sha256(api_key_of({number}).reveal()));
}

std::string why(const outcome& o) {
  BOOST_REQUIRE(std::holds_alternative<std::string>(o));
  return std::get<std::string>(o);
}

std::shared_ptr<live_keys> opened(const outcome& o) {
  if (const auto* refused = std::get_if<std::string>(&o))
    BOOST_FAIL(*refused);
  return std::get<0>(o);
}

struct door_fixture {
  temporary_directory scratch;
  const std::string path = scratch.path() / "keys";
  config settings;

  door_fixture() { log::configure({log_level::error, log_format::text}); }
  void write(const std::string& text) const { std::ofstream{path, std::ios::binary} << text; }
  outcome open(std::string_view engine = "local") const { return open_front_door(settings, engine); }
};

BOOST_FIXTURE_TEST_SUITE(front_door, door_fixture)

BOOST_AUTO_TEST_CASE(an_address_is_of_this_machine_only_or_not) {
  for (const auto* host : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1", "localhost"})
    BOOST_TEST(is_loopback(host), host);
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::2", "::ffff:10.0.0.1", "fe80::1"})
    BOOST_TEST(!is_loopback(host), host);
}

BOOST_AUTO_TEST_CASE(without_keys_the_ring_is_empty) {
  BOOST_TEST(opened(open())->get()->empty());
}

BOOST_AUTO_TEST_CASE(keys_come_from_the_file) {
  write(line("alice", 1) + "\n" + line("alice", 2) + "\n" + line("bob", 3));
  settings.keys.file = path;
  const auto ring = opened(open("google"))->get();
  BOOST_TEST(ring->size() == 3U);
  BOOST_TEST((ring->find(api_key_of({3}).reveal()) == caller{"bob", false}));
}

BOOST_AUTO_TEST_CASE(keys_come_from_the_environment_parted_either_way) {
  settings.keys.list = secret{line("alice", 1) + ";" + line("bob", 2) + " admin\n# more\n" + line("carol", 3) + ";"};
  BOOST_TEST(opened(open())->get()->size() == 3U);
  settings.keys.list = secret{line("alice", 1) + ";bob"};
  BOOST_TEST(why(open()).starts_with("API_KEYS: line 2: there is no ':'"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_is_named_and_refused) {
  settings.keys.file = path;
  BOOST_TEST(why(open()) == "API_KEYS_FILE " + path + ": No such file or directory");
  write("");
  BOOST_TEST(why(open()).starts_with("API_KEYS_FILE " + path + ": there is no key in it"));
  write("\nalice\n");
  BOOST_TEST(why(open()).starts_with("API_KEYS_FILE " + path + ": line 2: "));
  write(std::string((1U << 20U) + 1, '#'));
  BOOST_TEST(why(open()).find("more than 1048576 bytes") != std::string::npos);
  settings.keys.file = scratch.path();
  BOOST_TEST(why(open()) == "API_KEYS_FILE " + scratch.path().string() + ": it is no regular file");
  // Nobody writes into this pipe, and nothing waits for that.
  settings.keys.file = scratch.path() / "pipe";
  BOOST_REQUIRE(::mkfifo(settings.keys.file.c_str(), 0600) == 0);
  BOOST_TEST(why(open()) == "API_KEYS_FILE " + settings.keys.file + ": it is no regular file");
}

BOOST_AUTO_TEST_CASE(google_is_not_put_before_strangers_without_keys) {
  settings.http.host = "0.0.0.0";
  const auto refused = why(open("google"));
  for (const auto* part : {"HOST=0.0.0.0", "glyphgate key new NAME", "API_KEYS_FILE", "ALLOW_ANONYMOUS=1"})
    BOOST_TEST(refused.find(part) != std::string::npos, part);
  opened(open("local"));
  settings.keys.allow_anonymous = true;
  opened(open("google"));
  settings.keys.allow_anonymous = false;
  settings.keys.list = secret{line("alice", 1)};
  opened(open("google"));
  settings.keys.list = {};
  settings.http.host = "::1";
  opened(open("google"));
}

BOOST_AUTO_TEST_CASE(a_reload_takes_a_good_file_and_keeps_the_old_keys_for_a_bad_one) {
  settings.keys.file = path;
  write(line("alice", 1));
  const auto keys = opened(open());
  write(line("bob", 2));
  reload_keys(*keys, settings.keys);
  BOOST_TEST(!keys->get()->find(api_key_of({1}).reveal()));
  BOOST_TEST((keys->get()->find(api_key_of({2}).reveal()) == caller{"bob", false}));
  const auto in_force = keys->get();
  for (const auto* bad : {"", "carol\n"}) {
    write(bad);
    reload_keys(*keys, settings.keys);
    BOOST_TEST(keys->get() == in_force);
  }
  std::filesystem::remove(path);
  reload_keys(*keys, settings.keys);
  BOOST_TEST(keys->get() == in_force);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
