#include "store/sqlite/disk_room.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::size_t picture_bytes = 100'000;
/// Its reading takes a quarter of the picture, as much as the reserve allows for.
constexpr std::size_t symbols = 1'500;

struct fixture {
  temporary_directory dir{in_memory()};
  sqlite_store_config config;

  fixture() { config.data_dir = dir.path() / "data"; }
};

job_id name_of(reservation_id i) {
  return "job-" + std::to_string(i);
}

std::string content_of(reservation_id i) {
  auto content = "picture " + std::to_string(i) + " ";
  content.resize(picture_bytes, 'x');
  return content;
}

void expect(bool holds, const std::string& what) {
  if (!holds)
    throw std::logic_error{what};
}

/// Accepts jobs until there is no room, ends them all, forgets them, and does so again.
void fill_and_end(const sqlite_store_config& config) {
  auto store = open_sqlite_store(config);
  store->recover(at(0));
  const auto room = store->room();
  reservation_id next = 1;
  std::uint64_t jobs_before = 0;
  for (int round = 0; round < 3; ++round) {
    const auto first = next;
    for (; room() >= picture_bytes; ++next)
      commit(*store, {make_accept(name_of(next), {content_of(next)}, next)});
    const auto jobs = next - first;
    expect(jobs >= 10, "only " + std::to_string(jobs) + " jobs found room in round " + std::to_string(round));
    expect(round == 0 || jobs + 5 >= jobs_before,
           "what was forgotten left no room: " + std::to_string(jobs) + " of " + std::to_string(jobs_before) + " jobs");
    jobs_before = jobs;
    for (auto i = first; i < next; ++i) {
      const auto content = content_of(i);
      commit(*store, {make_begin(i, 1, i, at(1), paid_by(name_of(i)))});
      commit(*store, {settle_spend{i, at(2)},
                      make_close(i, 1, content, {make_recognition(std::string(symbols, 'a')), ""}, at(2)),
                      make_end(name_of(i), at(3))});
    }
    for (auto i = first; i < next; ++i)
      commit(*store, {forget_job{name_of(i)}});
    for (int sweep = 0; sweep < 20; ++sweep)
      store->sweep_spends_before(at(100));
  }
}

/// What a child says that could not mount.
constexpr int not_permitted = 77;

} // namespace

BOOST_FIXTURE_TEST_SUITE(full_volume, fixture)

BOOST_AUTO_TEST_CASE(a_quarter_and_at_most_64_mebibytes_is_kept_back) {
  BOOST_TEST(reserve_of({8 * mebibyte, 0, true}) == 2 * mebibyte);
  BOOST_TEST(reserve_of({std::uint64_t{1} << 50U, 0, true}) == 64 * mebibyte);
  BOOST_TEST(room_for_new_work({1024 * mebibyte, 100 * mebibyte, true}) == 36 * mebibyte);
  BOOST_TEST(room_for_new_work({1024 * mebibyte, 64 * mebibyte, true}) == 0U);
  BOOST_TEST(room_for_new_work({1024 * mebibyte, 0, true}) == 0U);
  // A volume without a bound, and one where no file can be made.
  BOOST_TEST(room_for_new_work({0, 0, true}) == std::numeric_limits<std::uint64_t>::max());
  BOOST_TEST(room_for_new_work({1024 * mebibyte, 1024 * mebibyte, false}) == 0U);
}

BOOST_AUTO_TEST_CASE(the_systems_volumes_are_read) {
  const auto volume = volume_of(dir.path());
  BOOST_TEST(volume.size >= volume.available);
  BOOST_TEST(volume.size > 0U);
  BOOST_TEST(volume_of("/nonexistent").size == 0U);
}

BOOST_AUTO_TEST_CASE(the_store_tells_what_the_volume_has) {
  volume_space volume{1024 * mebibyte, 65 * mebibyte, true};
  config.volume = [&volume] { return volume; };
  const auto store = open_sqlite_store(config);
  const auto room = store->room();
  BOOST_TEST(room() == mebibyte);
  volume.available = 0;
  BOOST_TEST(room() == 0U);
}

BOOST_AUTO_TEST_CASE(space_is_given_back_to_a_volume_without_room_however_little_it_is) {
  volume_space volume{1024 * mebibyte, 1024 * mebibyte, true};
  config.volume = [&volume] { return volume; };
  const auto store = open_sqlite_store(config);
  store->recover(at(0));
  for (reservation_id i = 1; i <= 100; ++i)
    commit(*store, {make_accept(name_of(i), {"x" + std::to_string(i)}, i), settle_spend{i, at(2)},
                    make_close(i, 1, "x" + std::to_string(i), {make_recognition(std::string(symbols, 'a')), ""}, at(2)),
                    make_end(name_of(i), at(3))});
  const auto file = config.data_dir / "glyphgate.db";
  for (reservation_id i = 1; i <= 20; ++i)
    commit(*store, {forget_job{name_of(i)}});
  store->sweep_spends_before(at(0));
  store->sweep_spends_before(at(0));
  const auto before = sql(file, "PRAGMA page_count").at(0);
  BOOST_TEST(sql(file, "PRAGMA freelist_count").at(0) != "0");
  volume.available = 0;
  store->sweep_spends_before(at(0));
  BOOST_TEST(sql(file, "PRAGMA freelist_count").at(0) == "0");
  BOOST_TEST(std::stoi(sql(file, "PRAGMA page_count").at(0)) < std::stoi(before));
}

// Pictures filled it, no call's end could be written any more, and so none was removed.
BOOST_AUTO_TEST_CASE(a_small_volume_is_filled_and_emptied_again_and_again) {
  const auto status = in_child([this] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      ::_exit(not_permitted);
    for (const auto* size : {"size=6m", "size=24m"}) {
      if (::mount("none", dir.path().c_str(), "tmpfs", 0, size) != 0)
        ::_exit(not_permitted);
      fill_and_end(config);
      ::umount2(dir.path().c_str(), MNT_DETACH);
    }
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_permitted)
    BOOST_TEST_MESSAGE("not tried on a real volume: mounting is not permitted here");
  else
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
