// Measures how many calls mixed jobs need, and how long planning them takes.
#include "vision/call_planner.hpp"
#include "vision/stacked_pictures.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace {

using namespace glyphgate;

/// The same numbers on every machine.
class draws {
public:
  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random_() % (high - low + 1));
  }

private:
  std::mt19937_64 random_{1};
};

struct mixture {
  const char* name;
  std::function<picture(draws&)> draw;
};

const std::array mixtures{
    mixture{"captions, 400-800 x 32-128",
            [](draws& d) { return test::sized(d.between(400, 800), d.between(32, 128)); }},
    mixture{"captions of four sizes",
            [](draws& d) {
              const std::array sizes{test::sized(480, 48), test::sized(666, 64), test::sized(1280, 96),
                                     test::sized(1920, 120)};
              return sizes[d.between(0, 3)];
            }},
    mixture{"captions and video frames",
            [](draws& d) {
              const std::array sizes{test::sized(666, 64), test::sized(640, 480), test::sized(1280, 720),
                                     test::sized(1920, 1080)};
              return sizes[d.between(0, 3)];
            }},
    mixture{"captions, one in ten a photo",
            [](draws& d) {
              return d.between(1, 10) == 1 ? test::sized(d.between(2000, 4000), d.between(2000, 4000))
                                           : test::sized(d.between(300, 900), d.between(30, 120));
            }},
    mixture{"captions, one in three upright",
            [](draws& d) {
              return d.between(1, 3) == 1 ? test::sized(d.between(40, 120), d.between(800, 3000))
                                          : test::sized(d.between(600, 2000), d.between(40, 120));
            }},
    mixture{"any sizes up to 3000 x 3000",
            [](draws& d) { return test::sized(d.between(300, 3000), d.between(30, 3000)); }},
};

/// No plan has fewer calls.
std::uint64_t lower_bound(const std::vector<picture>& pictures, const call_limits& limits) {
  constexpr long double mib_per_pixel = 15.41L / 950 / (666 * 64);
  long double rows = 0, pixels = 0;
  std::vector<picture_info> by_width;
  for (const auto& p : pictures) {
    rows += p.info.height + vision::separator_px;
    pixels += static_cast<long double>(p.info.pixels());
    by_width.push_back(p.info);
  }
  std::ranges::sort(by_width, std::ranges::greater{}, &picture_info::width);
  // The widest first, cut wherever a call is full.
  std::uint64_t calls = 0;
  long double room = 0;
  for (const auto& info : by_width) {
    long double height = info.height;
    for (; height > room; ++calls) {
      height -= room;
      room = static_cast<long double>(limits.pixels) / info.width;
    }
    room -= height;
  }
  const auto needed = [](long double total, long double limit) {
    return static_cast<std::uint64_t>(std::ceil(total / limit - 1e-9L));
  };
  return std::max({calls, needed(static_cast<long double>(pictures.size()), limits.max_frames),
                   needed(rows, limits.height_px + vision::separator_px),
                   needed(pixels * mib_per_pixel, limits.file_size_mb)});
}

void measure(const mixture& mix, std::size_t count, int jobs) {
  const call_limits limits;
  draws random;
  std::size_t neighbours = 0, planned = 0;
  std::uint64_t bound = 0;
  std::vector<double> times;
  for (int job = 0; job < jobs; ++job) {
    std::vector<picture> pictures;
    for (std::size_t i = 0; i < count; ++i)
      pictures.push_back(mix.draw(random));
    const auto begin = std::chrono::steady_clock::now();
    planned += vision::plan_calls(pictures, limits).size();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    neighbours += test::calls_of_neighbours(pictures, limits);
    bound += lower_bound(pictures, limits);
  }
  std::ranges::sort(times);
  const auto a_job = [jobs](auto sum) { return static_cast<double>(sum) / jobs; };
  std::printf("%-32s %5zu pictures: neighbours %7.2f calls, planned %7.2f (%4.1f %% fewer), at least %7.2f; "
              "median %.2f ms, most %.2f ms\n",
              mix.name, count, a_job(neighbours), a_job(planned),
              100 * (1 - static_cast<double>(planned) / static_cast<double>(neighbours)), a_job(bound),
              times[times.size() / 2], times.back());
}

} // namespace

int main() {
  for (const auto& mix : mixtures)
    for (const auto& [count, jobs] : {std::pair{50, 1000}, std::pair{750, 200}, std::pair{5000, 50}})
      measure(mix, static_cast<std::size_t>(count), jobs);
}
