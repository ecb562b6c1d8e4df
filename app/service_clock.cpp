#include "app/service_clock.hpp"

#include <ctime>
#include <fstream>

namespace glyphgate {

namespace {

duration time_since_boot() {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return std::chrono::duration_cast<duration>(std::chrono::seconds{ts.tv_sec} + std::chrono::nanoseconds{ts.tv_nsec});
}

} // namespace

clock_reading read_clocks() {
  clock_reading now;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> now.boot;
  now.calendar = std::chrono::floor<duration>(std::chrono::system_clock::now());
  now.since_boot = time_since_boot();
  return now;
}

timestamp boot_instant(const clock_reading& now, const std::filesystem::path& file) {
  const auto by_calendar = now.calendar - now.since_boot;
  if (now.boot.empty())
    return by_calendar;
  std::string boot;
  duration::rep noted = 0;
  if (std::ifstream in{file}; in >> boot >> noted && boot == now.boot)
    return timestamp{duration{noted}};
  std::ofstream{file} << now.boot << " " << by_calendar.time_since_epoch().count() << "\n";
  return by_calendar;
}

clock_fn make_service_clock(const std::filesystem::path& data_dir) {
  return [booted = boot_instant(read_clocks(), data_dir / "clock")] { return booted + time_since_boot(); };
}

} // namespace glyphgate
