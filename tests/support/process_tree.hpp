#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// What /proc tells of processes.
namespace glyphgate {

/// The processes that this one has started and that have not been waited for.
inline std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code gone;
  for (const auto& thread : std::filesystem::directory_iterator{"/proc/" + std::to_string(parent) + "/task", gone}) {
    std::ifstream in{thread.path() / "children"};
    for (pid_t child = 0; in >> child;)
      children.push_back(child);
  }
  return children;
}

/// The names of the files that a process has mapped, a line each mapping.
inline std::string maps_of(pid_t process) {
  std::ifstream in{"/proc/" + std::to_string(process) + "/maps"};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Whether the text lies anywhere in a process's memory that can be written.
inline bool memory_holds(pid_t process, std::string_view text) {
  std::ifstream memory{"/proc/" + std::to_string(process) + "/mem", std::ios::binary};
  std::istringstream maps{maps_of(process)};
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t begin = 0, end = 0;
    char dash = 0;
    std::string rights;
    std::istringstream{line} >> std::hex >> begin >> dash >> end >> rights;
    // What is larger is a sanitizer's own.
    constexpr std::uint64_t most = 1ULL << 30;
    if (!rights.starts_with("rw") || end - begin > most)
      continue;
    std::string part(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(part.data(), static_cast<std::streamsize>(part.size()));
    part.resize(static_cast<std::size_t>(std::max<std::streamsize>(memory.gcount(), 0)));
    if (part.find(text) != std::string::npos)
      return true;
  }
  return false;
}

} // namespace glyphgate
