#pragma once

#include "core/file_descriptor.hpp"

#include <filesystem>

namespace glyphgate::store {

/// Makes a directory's entries durable. Throws store_error.
void sync_directory(const std::filesystem::path& directory);

/// Creates a directory, and those above it, where missing; durable when it returns. Throws store_error.
void make_directory(const std::filesystem::path& directory);

/// As `open_private_file`; throws store_error where that throws foreign_file.
file_descriptor open_own_file(const std::filesystem::path& file);

/// The directory that holds everything durable, locked against other processes while this lives.
class data_dir {
public:
  /// Creates it where missing. Throws store_error when it cannot be created or written, or when another process has
  /// it; the message names the directory, and the process. Where other users may write in it, the log says so.
  explicit data_dir(const std::filesystem::path& path);

  /// Absolute, and without links.
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
  file_descriptor lock_;
};

} // namespace glyphgate::store
