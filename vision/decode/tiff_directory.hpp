#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace glyphgate::vision {

/// The file offset of the directory of page `page`, counted from 0, of a TIFF or BigTIFF. Where there is no such
/// directory, the reason.
/// Pictures that are marked as reduced versions of others are not counted. Directories whose values would take more
/// memory than the file is long are refused: libtiff copies all of them. The work is linear in the file's size.
std::variant<std::uint64_t, const char*> find_tiff_directory(std::string_view bytes, std::uint32_t page);

} // namespace glyphgate::vision
