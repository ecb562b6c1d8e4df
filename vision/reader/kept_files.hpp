#pragma once

#include <string>

/// Files that libraries open by their names once a reader is caged, where nothing can be opened: they are opened
/// before. This program's own fopen(3) and open(2), which the libraries call, are then answered from them.
namespace glyphgate::vision {

/// Opens the file, for reading, and keeps it; nothing where it cannot be opened. Before `open_only_kept_files`.
void keep_file(const std::string& path);

/// From here on fopen(3) and open(2) find the kept files, and no other: ENOENT.
void open_only_kept_files();

} // namespace glyphgate::vision
