#include "app/machine_memory.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

using namespace glyphgate;

namespace {

/// A file system that says what memory there is.
class system_files {
public:
  void write(const std::string& file, const std::string& text) const {
    const auto path = root() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }

  std::filesystem::path root() const { return directory_.path(); }

private:
  temporary_directory directory_;
};

constexpr auto meminfo = "MemTotal:        1048576 kB\nMemFree:          500000 kB\n";
constexpr std::uint64_t gib = 1ULL << 30;

} // namespace

BOOST_AUTO_TEST_SUITE(memory_of_the_machine)

BOOST_AUTO_TEST_CASE(it_is_the_machines) {
  const system_files files;
  files.write("proc/meminfo", meminfo);
  BOOST_TEST(machine_memory(files.root()) == gib);
}

BOOST_AUTO_TEST_CASE(or_what_the_control_group_allows) {
  const system_files files;
  files.write("proc/meminfo", meminfo);
  files.write("proc/self/cgroup", "0::/a/b\n");
  files.write("sys/fs/cgroup/a/memory.max", "536870912\n");
  files.write("sys/fs/cgroup/a/b/memory.max", "max\n");
  BOOST_TEST(machine_memory(files.root()) == gib / 2);
  files.write("sys/fs/cgroup/a/b/memory.max", "268435456\n");
  BOOST_TEST(machine_memory(files.root()) == gib / 4);
}

BOOST_AUTO_TEST_CASE(or_the_containers) {
  const system_files files;
  files.write("proc/meminfo", meminfo);
  files.write("proc/self/cgroup", "0::/\n");
  files.write("sys/fs/cgroup/memory.max", "268435456\n");
  BOOST_TEST(machine_memory(files.root()) == gib / 4);
}

BOOST_AUTO_TEST_CASE(nothing_is_known) {
  const system_files files;
  BOOST_TEST(machine_memory(files.root()) == 0U);
  BOOST_TEST(default_picture_memory_mb(0) == 512U);
}

BOOST_AUTO_TEST_CASE(pictures_have_three_fifths) {
  BOOST_TEST(default_picture_memory_mb(gib) == 614U);
  BOOST_TEST(default_picture_memory_mb(gib / 4) == 153U);
  BOOST_TEST(default_picture_memory_mb(1) == 64U);
}

BOOST_AUTO_TEST_CASE(this_machine_has_some) {
  BOOST_TEST(machine_memory() > 64U * 1024 * 1024);
}

BOOST_AUTO_TEST_SUITE_END()
