#pragma once

#include "core/clock.hpp"

#include <filesystem>
#include <string>

namespace glyphgate {

/// What the machine's clocks show at one instant.
struct clock_reading {
  /// The system's calendar clock, which can be set.
  timestamp calendar;
  /// Time since the machine booted, its sleep included; runs on, whatever is set.
  duration since_boot{};
  /// Names the boot; empty when unknown.
  std::string boot;
};

clock_reading read_clocks();

/// The instant of the boot in the service's calendar: the service's time is that plus the time since the boot, so that
/// setting the system's clock cannot open a rolling window early. The first start after a boot takes it from the
/// calendar and notes it in `file`; later starts of the same boot take it from there, and so see no step that happened
/// between them. A file that cannot be read or written counts as none. Throws foreign_file when it is not one of the
/// service's own.
timestamp boot_instant(const clock_reading& now, const std::filesystem::path& file);

/// The service's clock, which keeps its note in `data_dir`.
clock_fn make_service_clock(const std::filesystem::path& data_dir);

} // namespace glyphgate
