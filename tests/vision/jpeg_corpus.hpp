#pragma once

#include <string>
#include <vector>

namespace glyphgate::vision::test {

/// A JPEG of some kind, whole or damaged.
struct corpus_file {
  std::string name;
  std::string bytes;
  /// A whole one of the same size and kind, for a montage of both.
  std::string sibling;
  /// How it travels by itself, as `to_string(montage_way)`; "none" where it has no montage, "refused" where it is no
  /// picture by its header.
  std::string alone;
  /// How both travel.
  std::string together;
};

/// Files of every kind that the marker reader must tell apart: truncated at every marker, with wrong lengths, restart
/// intervals, scans that are not interleaved, unusual sampling, other colour spaces, two images in one, thumbnails,
/// fill bytes and garbage. The same in every run.
std::vector<corpus_file> jpeg_corpus();

} // namespace glyphgate::vision::test
