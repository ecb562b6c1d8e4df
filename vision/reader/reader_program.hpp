#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace glyphgate::vision {

/// Where `glyphgate-reader` is: beside the program that runs.
std::filesystem::path reader_program();

/// Why that program cannot read pictures on this system, with the mend, for the operator to read; nothing when it can,
/// as far as can be told without starting it.
std::optional<std::string> refuse_reader(const std::filesystem::path& program, bool caged);

} // namespace glyphgate::vision
