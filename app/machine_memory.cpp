#include "app/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace glyphgate {

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

/// The number in a file of a control group; nothing where it is "max" or not there.
std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::uint64_t value = 0;
  return in >> value ? std::optional{value} : std::nullopt;
}

std::uint64_t physical_memory(const std::filesystem::path& system) {
  std::ifstream in{system / "proc/meminfo"};
  std::string name;
  std::uint64_t kib = 0;
  while (in >> name >> kib) {
    if (name == "MemTotal:")
      return kib * 1024;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

/// This process's control group, from the root of all: the line "0::/a/b" of its list.
std::filesystem::path control_group(const std::filesystem::path& system) {
  std::ifstream in{system / "proc/self/cgroup"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("0::/"))
      return line.substr(4);
  return {};
}

} // namespace

std::uint64_t machine_memory(const std::filesystem::path& system) {
  constexpr auto none = std::numeric_limits<std::uint64_t>::max();
  const auto physical = physical_memory(system);
  auto least = physical == 0 ? none : physical;
  const auto root = system / "sys/fs/cgroup";
  // In a container that sees only its own group, that is the root's.
  least = std::min(least, number_in(root / "memory.max").value_or(none));
  auto group = root;
  for (const auto& part : control_group(system)) {
    group /= part;
    least = std::min(least, number_in(group / "memory.max").value_or(none));
  }
  return least == none ? 0 : least;
}

std::uint32_t default_picture_memory_mb(std::uint64_t machine) {
  constexpr std::uint64_t least = 64, unknown = 512, most = 1'048'576;
  if (machine == 0)
    return unknown;
  return static_cast<std::uint32_t>(std::clamp(machine / mib * 3 / 5, least, most));
}

} // namespace glyphgate
