#include "http/metrics/process_families.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace glyphgate::http {

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

std::optional<double> resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(in >> size >> resident))
    return std::nullopt;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// Since the epoch: when the system started, and the clock ticks from then (proc(5), `starttime`, field 22).
std::optional<double> start_time() {
  std::ifstream stat{"/proc/self/stat"};
  std::string text{std::istreambuf_iterator<char>{stat}, {}};
  // The program's name, in parentheses, may hold anything.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos)
    return std::nullopt;
  std::istringstream fields{text.substr(name_end + 1)};
  std::string skipped;
  for (int field = 3; field < 22; ++field)
    fields >> skipped;
  double ticks = 0;
  if (!(fields >> ticks))
    return std::nullopt;
  std::ifstream system{"/proc/stat"};
  double boot = 0;
  for (std::string line; std::getline(system, line);)
    if (std::istringstream words{line}; words >> skipped && skipped == "btime" && words >> boot)
      return boot + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  std::filesystem::directory_iterator entries{"/proc/self/fd", error};
  if (error)
    return std::nullopt;
  double count = 0;
  for (const auto end = std::filesystem::directory_iterator{}; !error && entries != end; entries.increment(error))
    ++count;
  // One of them is this look.
  return count - 1;
}

void add(metric_families& to, const char* name, const char* help, const std::optional<double>& value) {
  to.gauge(name, help);
  if (value)
    to.is(*value);
}

} // namespace

void add_process(metric_families& to) {
  rusage own{};
  if (::getrusage(RUSAGE_SELF, &own) == 0)
    to.counter("process_cpu_seconds_total", "Processor time of the service, its readers of pictures left out")
        .is(seconds(own.ru_utime) + seconds(own.ru_stime));
  add(to, "process_resident_memory_bytes", "Memory of the service, its readers of pictures left out", resident_bytes());
  add(to, "process_open_fds", "Open file descriptors", open_files());
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
    add(to, "process_max_fds", "File descriptors that may be open", static_cast<double>(files.rlim_cur));
  add(to, "process_start_time_seconds", "When the process started, in seconds since the epoch", start_time());
}

} // namespace glyphgate::http
