#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// Where the directory of a TIFF's picture `page`, from 0, lies in the file, classic or BigTIFF; or why there is none.
/// Pictures that are marked as reduced versions of others are not counted. Directories whose values would take more
/// memory than the file is long are refused: libtiff copies all of them. The work is linear in the file's size.
std::variant<std::uint64_t, const char*> find_tiff_directory(std::string_view bytes, std::uint32_t page);

} // namespace glyphgate::vision
