#pragma once

#include <cstdint>
#include <filesystem>

namespace glyphgate {

/// The memory that this process may use, bytes: the machine's, or what its control group (version 2) and those above it
/// allow, whichever is less. `system` is the root of the file system, another one in tests. 0 where nothing is known.
std::uint64_t machine_memory(const std::filesystem::path& system = "/");

/// What pictures may take of it, MiB, where nobody has set PICTURE_MEMORY_MB: three fifths, 64 at least.
std::uint32_t default_picture_memory_mb(std::uint64_t machine);

} // namespace glyphgate
