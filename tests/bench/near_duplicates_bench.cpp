// Prints how far apart the texts of pictures are.
//
//   near_duplicates_bench [--parts DIRECTORY] FILE …
//
// A line for each pair of pictures of one size: the two names, and the distance; `inf` where they cannot be compared.
// At the end, to stderr, the user and system time that a print and a comparison of two regions took, and a print's
// bytes. tests/pictures/near_duplicates.py judges the lines.

#include "sample_strips.hpp"
#include "support/ppocr_parts.hpp"
#include "vision/decode/decode.hpp"
#include "vision/picture_header.hpp"
#include "vision/ppocr/ppocr_recogniser.hpp"
#include "vision/ppocr/same_text.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

struct printed_picture {
  std::string name;
  std::pair<std::uint32_t, std::uint32_t> size;
  text_print print;
};

double cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) { return double(time.tv_sec) * 1e6 + double(time.tv_usec); };
  return us(used.ru_utime) + us(used.ru_stime);
}

raster pixels_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  const auto header = inspect(bytes);
  if (!std::holds_alternative<picture_header>(header))
    bench::fail(file + " is no picture");
  auto whole = decode(bytes, std::get<picture_header>(header).info);
  if (!std::holds_alternative<decoded_picture>(whole))
    bench::fail(file + " cannot be decoded");
  return std::get<decoded_picture>(std::move(whole)).pixels;
}

} // namespace

int main(int count, char** arguments) {
  std::vector<std::string> files{arguments + 1, arguments + count};
  std::filesystem::path directory = GLYPHGATE_PARTS;
  if (files.size() > 1 && files[0] == "--parts") {
    directory = files[1];
    files.erase(files.begin(), files.begin() + 2);
  }
  if (files.empty() || files[0].starts_with("--"))
    bench::fail("near_duplicates_bench [--parts DIRECTORY] FILE …");
  const test::ppocr_parts parts{directory};
  const onnx_runtime runtime{parts.runtime()};
  ppocr_recogniser recogniser{runtime, parts.source()};
  if (const auto why = recogniser.load())
    bench::fail(*why);
  std::vector<printed_picture> pictures;
  double printing = 0;
  std::size_t bytes = 0, most_bytes = 0;
  for (const auto& file : files) {
    const auto pixels = pixels_of(file);
    const auto found = recogniser.find(pixels);
    if (const auto* error = std::get_if<std::string>(&found))
      bench::fail(file + ": " + *error);
    const auto start = cpu_us();
    pictures.push_back({std::filesystem::path{file}.filename(),
                        {pixels.width, pixels.height},
                        print_of(pixels, std::get<std::vector<text_region>>(found))});
    printing += cpu_us() - start;
    bytes += pictures.back().print.bytes();
    most_bytes = std::max(most_bytes, pictures.back().print.bytes());
  }
  double comparing = 0;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    for (std::size_t j = i + 1; j < pictures.size(); ++j) {
      if (pictures[i].size != pictures[j].size)
        continue;
      const auto start = cpu_us();
      const auto apart = distance(pictures[i].print, pictures[j].print);
      if (std::isfinite(apart)) {
        comparing += cpu_us() - start;
        ++compared;
      }
      std::printf("%s %s %.4f\n", pictures[i].name.c_str(), pictures[j].name.c_str(), apart);
    }
  std::fprintf(stderr, "a print: %.0f µs of CPU, %.1f kB, at most %.1f kB; a comparison of regions: %.0f µs of CPU\n",
               printing / double(pictures.size()), double(bytes) / 1e3 / double(pictures.size()),
               double(most_bytes) / 1e3, comparing / double(std::max<std::size_t>(1, compared)));
}
