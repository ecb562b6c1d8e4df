#include "vision/decode/decode.hpp"
#include "vision/decode/row_reader.hpp"
#include "vision/picture_header.hpp"
#include "vision/pictures.hpp"

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What decoding takes, by kind of picture: the peak of the memory, in bytes a pixel and without the file, and the time,
// row by row and as a whole. Each is decoded in a process of its own.

namespace {

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

/// The greatest resident memory of this process so far, kB.
long peak_kb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::atol(line.c_str() + 6);
  return 0;
}

struct cost {
  long kb = 0;
  long ms = 0;
};

/// Of `work`, in a child whose peak begins with what it has.
cost cost_of(const std::function<void()>& work) {
  int ends[2];
  if (::pipe(ends) != 0)
    std::abort();
  if (::fork() == 0) {
    // What was freed before would be had again unnoticed.
    ::malloc_trim(0);
    std::ofstream{"/proc/self/clear_refs"} << "5";
    const auto before = peak_kb();
    const auto start = std::chrono::steady_clock::now();
    work();
    const auto time = std::chrono::steady_clock::now() - start;
    const cost found{peak_kb() - before, std::chrono::duration_cast<std::chrono::milliseconds>(time).count()};
    ::_exit(::write(ends[1], &found, sizeof found) == sizeof found ? 0 : 1);
  }
  ::close(ends[1]);
  cost found;
  if (::read(ends[0], &found, sizeof found) != sizeof found)
    std::abort();
  ::close(ends[0]);
  ::wait(nullptr);
  return found;
}

void read_by_rows(std::string_view file, const picture_info& info) {
  const auto opened = read_rows(file, info);
  const auto* rows = std::get_if<std::unique_ptr<row_reader>>(&opened);
  if (rows == nullptr)
    std::abort();
  std::vector<std::uint8_t> row(std::size_t{info.width} * (*rows)->channels());
  for (std::uint32_t y = 0; y < info.height; ++y)
    if ((*rows)->next(row.data()))
      std::abort();
}

void read_whole(std::string_view file, const picture_info& info) {
  if (!std::holds_alternative<decoded_picture>(decode(file, info)))
    std::abort();
}

/// Text on shades: a page that was photographed.
raster page(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  auto picture = gradient(width, height, channels);
  const auto grain = noise(width, height, channels);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(picture.pixels[i] / 2 + grain.pixels[i] / 16);
  return picture;
}

void report(const std::string& name, const std::string& file) {
  const auto header = inspect(file);
  const auto& info = std::get<picture_header>(header).info;
  const auto pixels = static_cast<double>(info.pixels());
  const auto rows = cost_of([&] { read_by_rows(file, info); });
  const auto whole = cost_of([&] { read_whole(file, info); });
  std::printf("| %-34s | %5.2f | %5.2f | %5.2f | %6ld | %6ld |\n", name.c_str(),
              static_cast<double>(file.size()) / pixels, static_cast<double>(rows.kb) * 1024 / pixels,
              static_cast<double>(whole.kb) * 1024 / pixels, rows.ms, whole.ms);
  std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
  const auto side = static_cast<std::uint32_t>(count > 1 ? std::atoi(arguments[1]) : 4000);
  const auto width = side, height = side * 3 / 4;
  std::printf(
      "%u x %u\n| kind | file, bytes a pixel | rows, bytes a pixel | whole, bytes a pixel | rows, ms | whole, ms |\n"
      "| --- | --- | --- | --- | --- | --- |\n",
      width, height);
  const auto grey = page(width, height, 1), rgb = page(width, height, 3), four = page(width, height, 4);
  for (const bool progressive : {false, true}) {
    const auto name = [&](const char* kind) { return std::string{progressive ? "progressive " : ""} + "JPEG " + kind; };
    report(name("4:2:0"), jpeg_of(rgb, {.quality = 85, .progressive = progressive, .across = 2, .down = 2}));
    report(name("4:4:4"), jpeg_of(rgb, {.quality = 85, .progressive = progressive, .across = 1, .down = 1}));
    report(name("grey"), jpeg_of(grey, {.quality = 85, .progressive = progressive}));
    report(name("CMYK"), jpeg_of(four, {.quality = 85, .progressive = progressive}));
  }
  report("JPEG 4:2:0, arithmetic", jpeg_of(rgb, {.quality = 85, .arithmetic = true, .across = 2, .down = 2}));
  const auto turned = jpeg_of(rgb, {.quality = 85, .across = 2, .down = 2});
  for (std::uint16_t orientation = 2; orientation <= 6; ++orientation)
    report("JPEG 4:2:0, orientation " + std::to_string(orientation), jpeg_with_exif(turned, exif_block(orientation)));
  report("progressive JPEG 4:2:0, orient. 6",
         jpeg_with_exif(jpeg_of(rgb, {.quality = 85, .progressive = true, .across = 2, .down = 2}), exif_block(6)));
  const auto grey_alpha = page(width, height, 2);
  for (const auto& [kind, picture] :
       {std::pair{"grey", &grey}, {"grey with alpha", &grey_alpha}, {"RGB", &rgb}, {"RGBA", &four}})
    for (const bool interlaced : {false, true})
      for (const bool deep : {false, true}) {
        if (deep && picture != &rgb && picture != &four)
          continue;
        report(std::string{"PNG "} + kind + (deep ? ", 16 bits" : "") + (interlaced ? ", interlaced" : ""),
               png_of(*picture, {.interlaced = interlaced, .deep = deep}));
      }
  report("PNG palette with tRNS", palette_png(width, height));
  report("PNG RGB, orientation 6", png_with_exif(png_of(rgb), exif_block(6)));
  report("PNG RGB, interlaced, orientation 3", png_with_exif(png_of(rgb, {.interlaced = true}), exif_block(3)));
  report("PNG RGB, interlaced, orientation 6", png_with_exif(png_of(rgb, {.interlaced = true}), exif_block(6)));
  report("WebP lossy", webp_of(rgb, false));
  report("WebP lossy with alpha", webp_of(four, false));
  report("WebP lossless", webp_of(rgb, true));
  report("WebP lossless with alpha", webp_of(four, true));
  report("WebP lossy, orientation 6", webp_with_exif(webp_of(rgb, false), exif_block(6), width, height));
}
