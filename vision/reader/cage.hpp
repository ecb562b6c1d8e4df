#pragma once

#include <string>

namespace glyphgate::vision {

/// Locks this process in, for good: from here on it computes, reads and writes the files that it has open, and receives
/// more of them over its socket. It opens no file, makes no socket, starts no program, changes no limit: the system
/// ends it at the attempt (seccomp(2), no_new_privs). Threads of its own are allowed. It dumps no core, and what it
/// writes to a file ends at `largest_file` bytes. Call it on the only thread. The error, for people to read, when the
/// system has no such cage.
std::string enter_cage();

/// What no file that the reader writes exceeds, bytes: a montage of Google Vision's largest, and room.
constexpr unsigned long largest_file = 64UL * 1024 * 1024;

} // namespace glyphgate::vision
