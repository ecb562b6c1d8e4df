// How long a montage takes each way: splice, transcode and compose of the same strips, beside a copy of their bytes.
//
//   montage_bench SAMPLES [STRIPS] [ROUNDS]
//
// SAMPLES is docs/samples. The ways take turns, so that a busy machine slows all of them. Prints the median of each in
// milliseconds, and the ratios.

#include "sample_strips.hpp"
#include "vision/compose/compose.hpp"
#include "vision/compose/transcode.hpp"
#include "vision/jpeg/splice.hpp"
#include "vision/picture_header.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

constexpr montage_bounds bounds{65'500, 75'000'000};
constexpr std::size_t most_bytes = 20'000'000;

std::vector<picture> read_strips(const char* directory, std::size_t count) {
  const auto samples = bench::read_sample_strips(directory);
  std::vector<picture> strips;
  for (std::size_t i = 0; i < count; ++i) {
    // Bytes of its own for each, as those of a request are.
    auto bytes = samples[i % samples.size()];
    const auto info = inspect(bytes);
    if (!std::holds_alternative<picture_header>(info))
      bench::fail("a sample is no picture");
    strips.push_back(
        {std::to_string(i), make_picture_bytes(std::move(bytes)), std::get<picture_header>(info).info, {}});
  }
  return strips;
}

template <class Work>
double milliseconds(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>{std::chrono::steady_clock::now() - begin}.count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// What a copy of all bytes to one place costs.
void copy(const std::vector<picture>& strips, std::vector<char>& to) {
  auto* at = to.data();
  for (const auto& strip : strips) {
    const auto held = strip.bytes->hold();
    std::memcpy(at, held.view.data(), held.view.size());
    at += held.view.size();
  }
}

void require(bool is_so, const char* what) {
  if (!is_so)
    bench::fail(what);
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    bench::fail("usage: montage_bench SAMPLES [STRIPS] [ROUNDS]");
  const auto count = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 750);
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 15;
  const auto strips = read_strips(argv[1], count);
  std::size_t bytes = 0;
  for (const auto& strip : strips)
    bytes += strip.bytes->size();
  std::vector<char> buffer(bytes);

  std::vector<double> copied, spliced, transcoded, composed;
  for (int i = 0; i < rounds; ++i) {
    copied.push_back(milliseconds([&] { copy(strips, buffer); }));
    spliced.push_back(
        milliseconds([&] { require(splice(strips, bounds).has_value(), "the strips cannot be joined"); }));
    transcoded.push_back(
        milliseconds([&] { require(transcode(strips).has_value(), "the strips cannot be transcoded"); }));
    composed.push_back(
        milliseconds([&] { require(compose(strips, most_bytes).has_value(), "the strips cannot be composed"); }));
  }
  const auto copy_ms = median(copied), splice_ms = median(spliced), transcode_ms = median(transcoded),
             compose_ms = median(composed);
  std::cout << count << " strips, " << bytes / 1024 << " KiB, medians of " << rounds << '\n'
            << "copy       " << copy_ms << " ms\n"
            << "splice     " << splice_ms << " ms, " << splice_ms / copy_ms << " x copy, " << compose_ms / splice_ms
            << " x faster than compose\n"
            << "transcode  " << transcode_ms << " ms, " << compose_ms / transcode_ms << " x faster than compose\n"
            << "compose    " << compose_ms << " ms\n";
}
