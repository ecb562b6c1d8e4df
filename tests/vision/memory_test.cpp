#include "pictures.hpp"
#include "vision/compose/draw_montage.hpp"
#include "vision/picture_header.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <new>
#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

// A sanitizer's own memory would count.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

constexpr montage_limits any_limits{{max_side_px, 100'000'000}, 20'000'000};
constexpr std::uint32_t side = 1500;

/// What `work` says in a process that may take so many bytes more than it has; "killed" where it did not come to that.
std::string said_with(std::size_t bytes_more, const std::function<std::string()>& work) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  if (child == 0) {
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    rlimit limit{pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), RLIM_INFINITY};
    ::setrlimit(RLIMIT_AS, &limit);
    // What the tests before have freed would be had without the system.
    constexpr std::size_t small = 4096;
    while (std::malloc(small) != nullptr)
      continue;
    limit.rlim_cur += bytes_more;
    ::setrlimit(RLIMIT_AS, &limit);
    std::string said;
    try {
      said = work();
    } catch (const std::bad_alloc&) {
      said = "bad_alloc";
    }
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? said : "killed";
}

std::string summary_of(const made_montage& made) {
  if (const auto* none = std::get_if<no_montage>(&made))
    return "none: " + none->detail;
  const auto& found = std::get<montage>(made);
  auto text = std::string{to_string(found.way)} + ", " + std::to_string(found.placements.size()) + " placed";
  for (const auto& note : found.unplaced)
    text += "; " + std::to_string(note.picture) + ": " + note.text;
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(little_memory)

BOOST_AUTO_TEST_CASE(a_picture_that_needs_too_much_is_named_and_the_others_are_drawn) {
  constexpr std::size_t little = 4 * 1024 * 1024, enough = 100 * 1024 * 1024;
  auto rgb = make_raster(side, side, 3), rgba = make_raster(side, side, 4);
  std::ranges::fill(rgb.pixels, std::uint8_t{90});
  std::ranges::fill(rgba.pixels, std::uint8_t{90});
  const auto small = picture_of("small", png_of(gradient(64, 32, 3)));
  const std::vector<std::pair<std::string, std::string>> files{
      {"interlaced PNG", png_of(rgba, {.interlaced = true})},
      {"turned PNG", png_with_exif(png_of(rgb), exif_block(6))},
      {"progressive JPEG", jpeg_of(rgb, {.progressive = true, .across = 1, .down = 1})},
      {"turned JPEG", jpeg_with_exif(jpeg_of(rgb), exif_block(6))},
      {"lossless WebP", webp_of(rgb, true)},
      {"WebP with transparency", webp_of(rgba, false)}};
  rgb = rgba = {};
  for (const auto& [name, file] : files)
    BOOST_TEST_CONTEXT(name) {
      const auto large = picture_of("large", file);
      const auto draw = [&](std::vector<picture> pictures) {
        return [pictures = std::move(pictures)] { return summary_of(draw_montage(pictures, any_limits)); };
      };
      BOOST_TEST(said_with(enough, draw({small, large, small})) == "composed, 3 placed");
      BOOST_TEST(said_with(little, draw({small, large, small})) ==
                 "composed, 3 placed; 1: the image needs more memory than there is to decode it");
      BOOST_TEST(said_with(little, draw({large})) == "none: the image needs more memory than there is to decode it");
    }
}

BOOST_AUTO_TEST_SUITE_END()

#endif
