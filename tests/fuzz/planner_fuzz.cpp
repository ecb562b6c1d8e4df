#include "vision/call_planner.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using namespace glyphgate;
using namespace glyphgate::vision;

/// Numbers from the fuzzer's bytes; 0 when they are used up.
class numbers {
public:
  explicit numbers(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}

  bool empty() const { return bytes_.empty(); }

  std::uint32_t next(std::uint32_t least, std::uint32_t most) {
    std::uint32_t value = 0;
    for (int i = 0; i < 2 && !bytes_.empty(); ++i, bytes_ = bytes_.subspan(1))
      value = value << 8U | bytes_.front();
    return least + value % (most - least + 1);
  }

private:
  std::span<const std::uint8_t> bytes_;
};

/// Every picture is in one call, and every call of several keeps the limits.
void check(const std::vector<picture_indices>& calls, const std::vector<picture>& pictures, const call_limits& limits) {
  std::vector<bool> seen(pictures.size());
  for (const auto& call : calls) {
    extent taken;
    for (const auto i : call) {
      if (i >= seen.size() || seen[i])
        std::abort();
      seen[i] = true;
      taken = taken.with(pictures[i].info);
    }
    if (call.empty() || !std::ranges::is_sorted(call) || (call.size() > 1 && !fits(taken, limits)))
      std::abort();
  }
  if (std::ranges::find(seen, false) != seen.end())
    std::abort();
}

} // namespace

// Pictures of any sizes, kins and file sizes through the planner.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  numbers from{{data, size}};
  call_limits limits;
  limits.max_frames = from.next(1, 1000);
  limits.height_px = from.next(1, max_side_px);
  limits.pixels = std::uint64_t{from.next(1, 65535)} * from.next(1, 1200);
  limits.file_size_mb = from.next(1, 20);
  std::vector<picture> pictures;
  while (!from.empty() && pictures.size() < 3000) {
    picture p;
    p.info.width = from.next(1, max_side_px);
    p.info.height = from.next(1, max_side_px);
    p.info.joins.kin = from.next(0, 3);
    p.info.joins.rows = p.info.height + from.next(0, 15);
    p.info.joins.bytes = std::uint64_t{from.next(0, 65535)} * 300;
    pictures.push_back(p);
  }
  if (pictures.empty())
    return 0;
  const auto calls = plan_calls(pictures, limits);
  check(calls, pictures, limits);
  const auto lots = plan_lots(pictures, limits, 4);
  check(lots, pictures, limits);
  if (lots.size() < calls.size())
    std::abort();
  return 0;
}
