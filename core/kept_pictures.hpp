#pragma once

#include "core/picture.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate {

/// The pictures' files of a job that keeps them. Immutable; thread-safe. They stay readable for as long as this is
/// kept, also when the job is not.
class kept_pictures {
public:
  struct entry {
    picture_info info{};
    /// Size of the file in bytes; 0 where the picture was refused and has no file.
    std::uint64_t size = 0;
  };

  virtual ~kept_pictures() = default;

  /// One a picture of the job.
  virtual const std::vector<entry>& entries() const = 0;

  /// The file of the picture at that position; empty where it is lost or damaged. Blocks.
  virtual std::string read(std::size_t position) const = 0;
};

} // namespace glyphgate
