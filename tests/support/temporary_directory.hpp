#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace glyphgate {

/// Where files are held in memory, or the usual place for temporary ones where there is no such file system.
inline std::filesystem::path in_memory() {
  std::error_code ignored;
  return std::filesystem::is_directory("/dev/shm", ignored) ? "/dev/shm" : std::filesystem::temp_directory_path();
}

/// A new, empty directory that is removed with the object.
class temporary_directory {
public:
  /// Throws std::system_error when it cannot be made.
  explicit temporary_directory(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    auto name = (parent / "glyphgate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error{errno, std::generic_category(), "mkdtemp in " + parent.string()};
    path_ = name;
  }

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file into it, and returns its path.
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    auto file = path_ / name;
    std::ofstream{file, std::ios::binary} << text;
    return file;
  }

private:
  std::filesystem::path path_;
};

} // namespace glyphgate
