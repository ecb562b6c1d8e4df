#pragma once

#include "core/digest.hpp"
#include "core/file_descriptor.hpp"
#include "core/kept_pictures.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace glyphgate::store {

/// The pictures that a job keeps, in its payload file. It is read when it is asked for, and not mapped: an error of the
/// disk is an error here, and not a signal.
class kept_files : public kept_pictures {
public:
  struct place {
    kept_pictures::entry entry{};
    std::uint64_t offset = 0;
    /// SHA-256 of the file.
    digest content{};
  };

  /// Opens the file. Where it is not there, no picture is.
  kept_files(const std::filesystem::path& file, std::vector<place> places);

  const std::vector<entry>& entries() const override { return entries_; }
  std::string read(std::size_t position) const override;

private:
  file_descriptor file_;
  std::vector<place> places_;
  std::vector<entry> entries_;
};

} // namespace glyphgate::store
