#include "app/service_clock.hpp"

#include "core/log.hpp"
#include "core/private_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <fstream>
#include <sstream>
#include <system_error>

namespace glyphgate {

namespace {

duration time_since_boot() {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return std::chrono::duration_cast<duration>(std::chrono::seconds{ts.tv_sec} + std::chrono::nanoseconds{ts.tv_nsec});
}

/// The note's text. No note is longer.
std::string content_of(const file_descriptor& note) {
  std::string text(256, '\0');
  const auto size = ::pread(note.get(), text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

/// A note that was written only in part is ignored by the next start, which asks the calendar again.
void write_note(const file_descriptor& note, const std::string& text) {
  if (::ftruncate(note.get(), 0) != 0 ||
      ::pwrite(note.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    log::warn("clock_not_noted", {{"error", std::generic_category().message(errno)}});
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
  const auto note = open_private_file(file);
  if (!note.is_open())
    return by_calendar;
  std::string boot;
  duration::rep noted = 0;
  if (std::istringstream in{content_of(note)}; in >> boot >> noted && boot == now.boot)
    return timestamp{duration{noted}};
  write_note(note, now.boot + " " + std::to_string(by_calendar.time_since_epoch().count()) + "\n");
  return by_calendar;
}

clock_fn make_service_clock(const std::filesystem::path& data_dir) {
  return [booted = boot_instant(read_clocks(), data_dir / "clock")] { return booted + time_since_boot(); };
}

} // namespace glyphgate
