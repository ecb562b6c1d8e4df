#include "vision/jpeg/soundness.hpp"

#include "vision/jpeg/baseline_scan.hpp"
#include "vision/jpeg/coefficients.hpp"
#include "vision/jpeg/structure.hpp"
#include "vision/row_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

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

bool is_usual_and_sound(std::string_view file, const picture_info& info, baseline_scan& scan) {
  coefficient_reader reader;
  ignored_blocks blocks;
  return reader.start(file, info) && scan.start(reader.header()) && scan.read(blocks);
}

bool is_usual_and_sound(std::string_view file, const picture_info& info) {
  // Tables and memory are used again for the thread's next picture; a large file's memory is not kept for that.
  constexpr std::size_t most_kept = std::size_t{256} * 1024;
  if (file.size() > most_kept) {
    const auto scan = std::make_unique<baseline_scan>();
    return is_usual_and_sound(file, info, *scan);
  }
  thread_local baseline_scan scan;
  return is_usual_and_sound(file, info, scan);
}

} // namespace

bool is_sound(std::string_view file, const picture_info& info) {
  if (is_usual_and_sound(file, info))
    return true;
  // Of the usual kind, but not sound, though libjpeg may put up with it.
  if (jpeg::read_baseline(file))
    return false;
  auto opened = read_rows(file, info);
  const auto* rows = std::get_if<std::unique_ptr<row_reader>>(&opened);
  if (rows == nullptr)
    return false;
  std::vector<std::uint8_t> row(std::size_t{info.width} * (*rows)->channels());
  for (std::uint32_t y = 0; y < info.height; ++y)
    if ((*rows)->next(row.data()))
      return false;
  return true;
}

bool is_sound(const picture& jpeg) {
  if (const auto known = jpeg.bytes->sound())
    return *known;
  const auto held = jpeg.bytes->hold();
  if (held.view.size() != jpeg.bytes->size())
    return false;
  const bool found = is_sound(held.view, jpeg.info);
  jpeg.bytes->note_sound(found);
  return found;
}

} // namespace glyphgate::vision
