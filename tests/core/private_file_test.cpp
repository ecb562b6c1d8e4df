#include "core/private_file.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>

namespace glyphgate {

namespace {

struct fixture {
  temporary_directory dir;
  std::filesystem::path file = dir.path() / "file";

  mode_t mode() const {
    struct stat status {};
    BOOST_REQUIRE_EQUAL(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777U;
  }

  static std::string content(const std::filesystem::path& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// What is said of it by either way to look at it.
  std::string refusal() const {
    std::string said;
    try {
      open_private_file(file);
    } catch (const foreign_file& e) {
      said = e.what();
    }
    std::string checked;
    try {
      check_private_file(file);
    } catch (const foreign_file& e) {
      checked = e.what();
    }
    BOOST_TEST(said == checked);
    return said;
  }

  bool is_refused_as(const std::string& what) const { return refusal().find(file.string() + " " + what) == 0; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(private_file, fixture)

BOOST_AUTO_TEST_CASE(a_new_file_is_its_owners_only) {
  BOOST_TEST(refusal().empty());
  BOOST_TEST(open_private_file(file).is_open());
  BOOST_TEST(mode() == 0600U);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_keeps_its_content_and_is_closed_to_others) {
  dir.write("file", "content");
  for (const mode_t open : {0644U, 0666U, 0755U, 0600U}) {
    BOOST_REQUIRE_EQUAL(::chmod(file.c_str(), open), 0);
    BOOST_TEST(open_private_file(file).is_open());
    BOOST_TEST(mode() == 0600U);
  }
  BOOST_TEST(content(file) == "content");
}

BOOST_AUTO_TEST_CASE(links_are_not_followed) {
  const auto victim = dir.write("victim", "precious");
  std::filesystem::create_symlink(victim, file);
  BOOST_TEST(is_refused_as("is a symbolic link"));
  std::filesystem::remove(file);
  std::filesystem::create_symlink(dir.path() / "nothing", file);
  BOOST_TEST(is_refused_as("is a symbolic link"));
  BOOST_TEST(!std::filesystem::exists(dir.path() / "nothing"));
  std::filesystem::remove(file);
  std::filesystem::create_hard_link(victim, file);
  const auto before = mode();
  BOOST_TEST(is_refused_as("is a hard link"));
  BOOST_TEST(content(victim) == "precious");
  BOOST_TEST(mode() == before);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused_without_waiting) {
  BOOST_REQUIRE_EQUAL(::mkfifo(file.c_str(), 0600), 0);
  BOOST_TEST(is_refused_as("is not a regular file"));
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  BOOST_TEST(is_refused_as("is not a regular file"));
}

BOOST_AUTO_TEST_CASE(a_strangers_file_is_refused_but_not_the_directorys_owners) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("not tried: only root can give a file away");
    return;
  }
  dir.write("file", "");
  BOOST_REQUIRE_EQUAL(::chown(file.c_str(), 12345, 12345), 0);
  BOOST_TEST(is_refused_as("belongs to another user (12345)"));
  BOOST_REQUIRE_EQUAL(::chown(dir.path().c_str(), 12345, 12345), 0);
  BOOST_TEST(refusal().empty());
}

BOOST_AUTO_TEST_CASE(what_the_system_refuses_is_told_by_errno) {
  file = dir.path() / "missing" / "file";
  errno = 0;
  BOOST_TEST(!open_private_file(file).is_open());
  BOOST_TEST(errno == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
