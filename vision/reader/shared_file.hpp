#pragma once

#include "core/file_descriptor.hpp"
#include "core/picture_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Memory that two processes share: an anonymous file (memfd_create(2)), which one writes and the other maps once it is
/// sealed, so that nobody can change it any more. All functions throw std::system_error when the system has no room,
/// and are usable from any thread.
namespace glyphgate::vision {

/// A new empty file in memory. `name` is only for people who look at /proc.
file_descriptor make_shared_file(const char* name);

/// Writes all of `parts`, one behind the other, to the file's position.
void write_all(int file, const std::vector<std::string_view>& parts);

/// From here on nobody can write to the file, nor change its size. False where somebody still can: it is mapped for
/// writing.
bool seal(int file);

/// A sealed file's bytes, which stay readable for as long as the result is kept; the file may be closed. Nothing where
/// it is not sealed, or cannot be mapped.
std::optional<held_bytes> map_sealed(int file);

/// Any open file's bytes, as `map_sealed` gives them. Whoever can write to the file can change or take them.
std::optional<held_bytes> map_file(int file);

} // namespace glyphgate::vision
