#pragma once

#include "core/file_descriptor.hpp"

#include <filesystem>
#include <stdexcept>

namespace glyphgate {

/// What lies at a path is not a file of the service's own, and is left as it is.
class foreign_file : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Opens a file of the service's own for reading and writing; it is made where it is missing. Nobody but its owner may
/// read or write it afterwards, where this process may say so. Its content stays.
///
/// Follows no link: whoever may write into the directory could lead the service to another file, which it would
/// overwrite. Throws foreign_file when the path is a symbolic link or no regular file, when the file has another name
/// somewhere, or when it belongs to somebody who is neither this process's user, nor root, nor the directory's owner.
/// Not open, with errno set, when the system refuses it otherwise.
file_descriptor open_private_file(const std::filesystem::path& file);

/// The same check of a file that somebody else opens; one that is missing is well.
void check_private_file(const std::filesystem::path& file);

} // namespace glyphgate
