#pragma once

#include "vision/decode/jpeg_decompressor.hpp"
#include "vision/decode/lost_rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// What is wrong with one scan.
struct scan_check {
  /// How many of the bytes belong to the scan, up to the marker that ends it. Less where the file ends without one, and
  /// with zeros, which fill up what was never received.
  std::size_t size = 0;
  /// The file ends within the scan; what there is of it is sound.
  bool cut = false;
  /// It holds codes that mean nothing, or more or less than it should.
  bool damaged = false;
  /// Damaged, or somewhere else than `lost`, at a place that is not known.
  bool doubtful = false;
};

/// Looks at the codes of a JPEG's Huffman-coded scans: whether they mean something, and whether they fill their scan to
/// the last bit. libjpeg does not tell when data are left over, and after damage hardly ever notices: codes fall into
/// step by themselves, with everything moved. T.81 (ISO/IEC 10918-1), F.2.2 and G.2; where it reads on behind a damaged
/// restart marker is libjpeg's rule (jpeg_resync_to_restart), so that both agree on which rows are sound.
///
/// What cannot be noticed: changed bits that form other codes of just the same length in all, or that only change a
/// number.
///
/// Holds a bit for each coefficient of a progressive file, and nothing else. Safe on hostile bytes. Throws nothing but
/// std::bad_alloc.
class jpeg_scan_checker {
public:
  /// The scan that `file` is about to read, from the bytes that are left. Rows that the scan loses are added to `lost`,
  /// unless it only adds detail to what other scans hold.
  scan_check check(const jpeg_decompress_struct& file, std::string_view bytes, lost_rows& lost);

private:
  class interval;

  /// A bit for each coefficient of a component's blocks: whether it is other than 0. In the order of the scans.
  std::array<std::vector<std::uint64_t>, MAX_COMPONENTS> filled_;
};

} // namespace glyphgate::vision
