// Reads pictures with the engine ppocr, and tells what they cost.
//
//   ppocr_bench [--json] [--find] [--limit PIXELS] [--parts DIRECTORY] [--memory] FILE …
//
//   --json      a line of JSON a picture: file, text, symbols (t text, c confidence, x, y, w, h, after), cpu_ms;
//   `error`
//               instead of the three where it cannot be read. With --find: file, regions (score, corners), cpu_ms
//   --find      detection alone
//   --limit     the detector's limit of the longer side; 960 where it is not given
//   --parts     the directory of the models and the runtime; the source tree's parts/ppocr where it is not given
//   --memory    the most memory that the process had, at the end
//
// CPU time is the process's, in user and kernel mode, for the engine's work without decoding.

#include "sample_strips.hpp"
#include "support/ppocr_parts.hpp"
#include "vision/decode/decode.hpp"
#include "vision/picture_header.hpp"
#include "vision/ppocr/ppocr_recogniser.hpp"
#include "vision/reader/serve.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

struct settings {
  bool json = false, find = false, memory = false;
  std::filesystem::path parts = GLYPHGATE_PARTS;
  ppocr_options options;
  std::vector<std::string> files;
};

settings settings_of(const std::vector<std::string>& given) {
  settings made;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto value = [&]() -> const std::string& {
      if (++i == given.size())
        bench::fail(given.back() + " needs a value");
      return given[i];
    };
    if (given[i] == "--json")
      made.json = true;
    else if (given[i] == "--find")
      made.find = true;
    else if (given[i] == "--memory")
      made.memory = true;
    else if (given[i] == "--limit")
      made.options.side_limit = static_cast<std::uint32_t>(std::stoul(value()));
    else if (given[i] == "--parts")
      made.parts = value();
    else if (given[i].starts_with("--"))
      bench::fail("there is no " + given[i]);
    else
      made.files.push_back(given[i]);
  }
  if (made.files.empty())
    bench::fail("ppocr_bench [--json] [--find] [--limit PIXELS] [--parts DIRECTORY] [--memory] FILE …");
  return made;
}

double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) { return double(time.tv_sec) * 1e3 + double(time.tv_usec) / 1e3; };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

/// The upright pixels, or why there are none.
std::variant<raster, std::string> pixels_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return std::string{"cannot be read"};
  const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  const auto header = inspect(bytes);
  if (!std::holds_alternative<picture_header>(header))
    return std::string{"is no picture"};
  auto whole = decode(bytes, std::get<picture_header>(header).info);
  if (!std::holds_alternative<decoded_picture>(whole))
    return std::string{"cannot be decoded"};
  return std::get<decoded_picture>(std::move(whole)).pixels;
}

std::string json_text(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (made += '\\') += c;
    else if (c == '\n')
      made += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20)
      made += ' ';
    else
      made += c;
  }
  return made + '"';
}

const char* name_of(text_break after) {
  switch (after) {
  case text_break::none: return "none";
  case text_break::space: return "space";
  case text_break::sure_space: return "sure_space";
  case text_break::wrap: return "wrap";
  case text_break::line: return "line";
  case text_break::hyphen: return "hyphen";
  }
  return "none";
}

void print_json(const recognition& read) {
  std::printf(",\"text\":%s,\"symbols\":[", json_text(text_of(read)).c_str());
  const char* between = "";
  for (const auto& one : read.symbols) {
    std::printf("%s{\"t\":%s,\"c\":%.6f,\"x\":%d,\"y\":%d,\"w\":%d,\"h\":%d,\"after\":\"%s\"}", between,
                json_text(one.text).c_str(), double(one.confidence), one.box.x, one.box.y, one.box.width,
                one.box.height, name_of(one.after));
    between = ",";
  }
  std::printf("]");
}

void print_json(const std::vector<text_region>& regions) {
  std::printf(",\"regions\":[");
  const char* between = "";
  for (const auto& [corners, score] : regions) {
    std::printf("%s{\"score\":%.4f,\"corners\":[[%.2f,%.2f],[%.2f,%.2f],[%.2f,%.2f],[%.2f,%.2f]]}", between,
                double(score), double(corners[0].x), double(corners[0].y), double(corners[1].x), double(corners[1].y),
                double(corners[2].x), double(corners[2].y), double(corners[3].x), double(corners[3].y));
    between = ",";
  }
  std::printf("]");
}

void print_plainly(const recognition& read) {
  std::printf("%s\n", text_of(read).c_str());
}

void print_plainly(const std::vector<text_region>& regions) {
  for (const auto& [corners, score] : regions) {
    std::printf("%.3f", double(score));
    for (const auto& corner : corners)
      std::printf(" (%.1f, %.1f)", double(corner.x), double(corner.y));
    std::printf("\n");
  }
}

template <class Result>
void print(const settings& given, const std::string& file, const std::variant<Result, std::string>& result, double ms) {
  const auto* error = std::get_if<std::string>(&result);
  if (given.json) {
    std::printf("{\"file\":%s", json_text(file).c_str());
    if (error != nullptr)
      std::printf(",\"error\":%s}\n", json_text(*error).c_str());
    else {
      print_json(std::get<Result>(result));
      std::printf(",\"cpu_ms\":%.2f}\n", ms);
    }
  } else {
    std::printf("%s: %.1f ms\n", file.c_str(), ms);
    if (error != nullptr)
      std::printf("error: %s\n", error->c_str());
    else
      print_plainly(std::get<Result>(result));
  }
  std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
  // As the reader does.
  ::mallopt(M_MMAP_THRESHOLD, most_kept_memory);
  ::mallopt(M_TRIM_THRESHOLD, most_kept_memory);
  ::mallopt(M_ARENA_MAX, 1);
  const auto given = settings_of({arguments + 1, arguments + count});
  const test::ppocr_parts parts{given.parts};
  const auto start_of_all = cpu_ms();
  const onnx_runtime runtime{parts.runtime()};
  const auto runtime_ms = cpu_ms() - start_of_all;
  ppocr_recogniser recogniser{runtime, parts.source(), given.options};
  if (const auto why = recogniser.load())
    bench::fail(*why);
  std::fprintf(stderr, "ONNX Runtime %s: %.0f ms of CPU, models: %.0f ms\n", runtime.version().c_str(), runtime_ms,
               cpu_ms() - start_of_all - runtime_ms);
  for (const auto& file : given.files) {
    const auto decoded = pixels_of(file);
    if (const auto* error = std::get_if<std::string>(&decoded)) {
      print<recognition>(given, file, *error, 0);
      continue;
    }
    const auto& pixels = std::get<raster>(decoded);
    const auto start = cpu_ms();
    if (given.find) {
      const auto regions = recogniser.find(pixels);
      print(given, file, regions, cpu_ms() - start);
    } else {
      const auto read = recogniser.read(pixels);
      print(given, file, read, cpu_ms() - start);
    }
  }
  if (given.memory) {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    std::fprintf(stderr, "at most %ld MiB\n", used.ru_maxrss / 1024);
  }
}
