#include "vision/jpeg/soundness.hpp"

#include "vision/jpeg/baseline_scan.hpp"
#include "vision/jpeg/structure.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace glyphgate::vision {

namespace {

/// Takes a scan's blocks, and does nothing with them.
struct ignored_blocks {
  struct block {
    void ac(std::size_t, unsigned, int) {}
  };

  block begin(std::size_t, std::uint32_t, int) { return {}; }
  void end(block) {}
};

bool reads(baseline_scan& scan, const jpeg::baseline& file) {
  ignored_blocks blocks;
  scan.start(file);
  return scan.read(blocks);
}

} // namespace

bool is_sound(std::string_view file) {
  // Tables and memory are used again for the thread's next picture; a large file's memory is not kept for that.
  constexpr std::size_t most_kept = std::size_t{256} * 1024;
  const auto usual = jpeg::read_baseline(file);
  if (!usual)
    return false;
  if (file.size() > most_kept)
    return reads(*std::make_unique<baseline_scan>(), *usual);
  thread_local baseline_scan scan;
  return reads(scan, *usual);
}

bool is_sound(const picture& jpeg) {
  if (const auto known = jpeg.bytes->sound())
    return *known;
  const auto held = jpeg.bytes->hold();
  if (held.view.size() != jpeg.bytes->size())
    return false;
  const bool found = is_sound(held.view);
  jpeg.bytes->note_sound(found);
  return found;
}

} // namespace glyphgate::vision
