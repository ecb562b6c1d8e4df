// Measures what docs/tesseract.md tells, with docs/samples. Run with OMP_THREAD_LIMIT=1.
//
//   tesseract_bench confidences SAMPLES         a line a word: text or garbage, Tesseract's own confidence of the word,
//                                               the mean of its symbols' own, the mean of those that we give; per cent
//   tesseract_bench strips SAMPLES [STRIPS]     captions with Tesseract used plainly and with the recogniser, in turns
//   tesseract_bench pages SAMPLES [FILE.png …]  pages in four orientations: how well and how fast each way reads them
//   tesseract_bench memory SAMPLES MEGAPIXELS CHANNELS SCALE [turned]
//                                               the most memory while a page is read, beside what the models take;
//                                               capital letters of SCALE × 16 px

#include "sample_strips.hpp"
#include "vision/decode/decode.hpp"
#include "vision/decode/turn.hpp"
#include "vision/picture_header.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/tesseract_recogniser.hpp"

#include <tesseract/baseapi.h>
#include <tesseract/osdetect.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
namespace fs = std::filesystem;
namespace tess = ::tesseract;

namespace {

std::string contents(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    bench::fail(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>{in}, {}};
}

raster pixels_of(std::string_view file) {
  const auto header = inspect(file);
  if (!std::holds_alternative<picture_header>(header))
    bench::fail("a sample is no picture");
  auto whole = decode(file, std::get<picture_header>(header).info);
  if (!std::holds_alternative<decoded_picture>(whole))
    bench::fail("a sample cannot be decoded");
  return std::get<decoded_picture>(std::move(whole)).pixels;
}

fs::path model_file(std::string_view code) {
  static const auto languages = tesseract_languages::installed();
  const auto file = languages.file_of(code);
  if (!file)
    bench::fail("the model " + std::string{code} + " is not installed");
  return *file;
}

tesseract_recogniser make_recogniser() {
  return tesseract_recogniser{[](std::string_view code) -> std::optional<std::vector<char>> {
    const auto bytes = contents(model_file(code));
    return std::vector<char>{bytes.begin(), bytes.end()};
  }};
}

recognition read(tesseract_recogniser& recogniser, raster pixels) {
  auto result = recogniser.read(std::move(pixels));
  if (const auto* error = std::get_if<std::string>(&result))
    bench::fail(*error);
  return std::get<recognition>(std::move(result));
}

/// Tesseract without us.
struct plain_tesseract {
  explicit plain_tesseract(const char* code, tess::OcrEngineMode mode = tess::OEM_LSTM_ONLY) {
    api.SetVariable("debug_file", "/dev/null");
    if (api.Init(model_file(code).parent_path().c_str(), code, mode) != 0)
      bench::fail("Tesseract cannot be started");
    api.SetPageSegMode(tess::PSM_AUTO);
  }

  void set(const raster& pixels) {
    api.SetImage(pixels.pixels.data(), static_cast<int>(pixels.width), static_cast<int>(pixels.height),
                 static_cast<int>(pixels.channels), static_cast<int>(pixels.row_bytes()));
    api.SetSourceResolution(70);
  }

  struct one_symbol {
    std::string text;
    float own, word;
    bool begins_word;
  };

  std::vector<one_symbol> read(const raster& pixels) {
    set(pixels);
    std::vector<one_symbol> symbols;
    if (api.Recognize(nullptr) != 0)
      return symbols;
    const std::unique_ptr<tess::ResultIterator> at{api.GetIterator()};
    if (!at || at->Empty(tess::RIL_SYMBOL))
      return symbols;
    bool begins = false;
    do {
      begins = begins || at->IsAtBeginningOf(tess::RIL_WORD);
      const std::unique_ptr<const char[]> text{at->GetUTF8Text(tess::RIL_SYMBOL)};
      int left, top, right, bottom;
      if (!text || *text.get() == ' ' || *text.get() == '\0' ||
          !at->BoundingBox(tess::RIL_SYMBOL, &left, &top, &right, &bottom))
        continue;
      symbols.push_back(
          {text.get(), at->Confidence(tess::RIL_SYMBOL), at->Confidence(tess::RIL_WORD), std::exchange(begins, false)});
    } while (at->Next(tess::RIL_SYMBOL));
    return symbols;
  }

  tess::TessBaseAPI api;
};

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

std::vector<raster> captions(const fs::path& samples, std::string_view prefix) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{samples})
    if (entry.path().filename().string().starts_with(prefix) && entry.path().extension() == ".jpg")
      files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<raster> strips;
  for (const auto& file : files)
    strips.push_back(pixels_of(contents(file)));
  return strips;
}

/// Lines that wander about a strip.
raster scribbles(unsigned seed) {
  std::mt19937 random{seed};
  const auto up_to = [&](unsigned most) { return static_cast<double>(random() % most); };
  auto strip = make_raster(666, 64, 1);
  std::ranges::fill(strip.pixels, std::uint8_t{255});
  for (int line = 0; line < 25; ++line) {
    double x = up_to(666), y = up_to(64), angle = up_to(628) / 100;
    for (int step = 0; step < 60; ++step) {
      angle += (up_to(100) - 50) / 60;
      x += std::cos(angle);
      y += std::sin(angle);
      for (int dx = 0; dx < 3; ++dx)
        for (int dy = 0; dy < 3; ++dy) {
          const auto column = static_cast<int>(x) + dx, row = static_cast<int>(y) + dy;
          if (column >= 0 && column < 666 && row >= 0 && row < 64)
            strip.pixels[static_cast<std::size_t>(row * 666 + column)] = 0;
        }
    }
  }
  return strip;
}

void print_words(const char* kind, plain_tesseract& plain, tesseract_recogniser& recogniser, const raster& pixels) {
  const auto own = plain.read(pixels);
  const auto given = read(recogniser, pixels).symbols;
  if (own.size() != given.size())
    bench::fail("the two ways read different symbols");
  for (std::size_t begin = 0; begin < own.size();) {
    auto end = begin + 1;
    while (end < own.size() && !own[end].begins_word)
      ++end;
    double own_sum = 0, given_sum = 0;
    for (auto i = begin; i < end; ++i) {
      own_sum += own[i].own;
      given_sum += given[i].confidence * 100;
    }
    const auto count = static_cast<double>(end - begin);
    std::printf("%s %.1f %.1f %.1f\n", kind, own[begin].word, own_sum / count, given_sum / count);
    begin = end;
  }
}

void confidences(const fs::path& samples) {
  plain_tesseract plain{"eng"};
  auto recogniser = make_recogniser();
  if (const auto why = recogniser.load({"eng"}))
    bench::fail(*why);
  for (const auto& strip : captions(samples, "caption-en")) {
    print_words("text", plain, recogniser, strip);
    print_words("garbage", plain, recogniser, upright(strip, 3));
  }
  for (const auto* name : {"page.jpg", "receipt.png", "label.webp"})
    print_words("text", plain, recogniser, pixels_of(contents(samples / name)));
  // Read as English.
  for (const auto& strip : captions(samples, "caption-zh"))
    print_words("garbage", plain, recogniser, strip);
  for (unsigned seed = 1; seed <= 10; ++seed)
    print_words("garbage", plain, recogniser, scribbles(seed));
}

void strips(const fs::path& samples, std::size_t count) {
  const auto all = captions(samples, "caption-en");
  plain_tesseract plain{"eng"};
  auto recogniser = make_recogniser();
  if (const auto why = recogniser.load({"eng"}))
    bench::fail(*why);
  std::vector<double> plainly, ours, ratios;
  for (int round = 0; round < 5; ++round) {
    double plain_ms = 0, our_ms = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& strip = all[i % all.size()];
      plain_ms += milliseconds([&] { plain.read(strip); });
      our_ms += milliseconds([&] { read(recogniser, strip); });
    }
    plainly.push_back(plain_ms);
    ours.push_back(our_ms);
    ratios.push_back(our_ms / plain_ms);
  }
  std::printf("%zu strips, medians of 5 rounds: plainly %.0f ms, recogniser %.0f ms, ratio %.3f\n", count,
              median(plainly), median(ours), median(ratios));
}

void pages(const fs::path& samples, const std::vector<fs::path>& more) {
  std::vector<fs::path> files{samples / "page.jpg", samples / "receipt.png", samples / "label.webp"};
  files.insert(files.end(), more.begin(), more.end());
  plain_tesseract plain{"eng"}, osd{"osd", tess::OEM_TESSERACT_ONLY};
  auto recogniser = make_recogniser();
  if (const auto why = recogniser.load({"eng"}))
    bench::fail(*why);
  std::printf("page turned | plainly: symbols confidence ms | recogniser: symbols confidence ms | osd: turns by ms\n");
  for (const auto& file : files) {
    const auto page = pixels_of(contents(file));
    for (const auto& [degrees, orientation] : {std::pair{0, 1}, {90, 6}, {180, 3}, {270, 8}}) {
      const auto lying = upright(page, static_cast<std::uint8_t>(orientation));
      std::vector<plain_tesseract::one_symbol> own;
      recognition given;
      tess::OSResults found;
      bool sure = false;
      const auto plain_ms = milliseconds([&] { own = plain.read(lying); });
      const auto our_ms = milliseconds([&] { given = read(recogniser, lying); });
      const auto osd_ms = milliseconds([&] {
        osd.set(lying);
        sure = osd.api.DetectOS(&found);
      });
      double own_sum = 0, given_sum = 0;
      for (const auto& one : own)
        own_sum += std::min(one.own, one.word);
      for (const auto& one : given.symbols)
        given_sum += 100 * one.confidence;
      const auto mean = [](double sum, std::size_t number) { return number == 0 ? 0 : sum / double(number); };
      std::printf("%s %d | %zu %.0f %.0f | %zu %.0f %.0f | %s %.0f\n", file.filename().c_str(), degrees, own.size(),
                  mean(own_sum, own.size()), plain_ms, given.symbols.size(), mean(given_sum, given.symbols.size()),
                  our_ms, sure ? std::to_string(90 * found.best_result.orientation_id).c_str() : "nothing", osd_ms);
    }
  }
}

/// Kilobytes, of /proc/self/status.
long status_kb(std::string_view name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name))
      return std::atol(line.c_str() + name.size() + 1);
  bench::fail("there is no /proc/self/status");
}

void memory(const fs::path& samples, double megapixels, std::uint32_t channels, std::uint32_t scale, bool turned) {
  auto recogniser = make_recogniser();
  if (const auto why = recogniser.load({"eng"}))
    bench::fail(*why);
  raster whole;
  {
    const auto tile = pixels_of(contents(samples / "receipt.png"));
    const auto height = static_cast<std::uint32_t>(std::sqrt(megapixels * 1e6 * 1.4));
    whole = make_raster(static_cast<std::uint32_t>(megapixels * 1e6 / height), height, channels);
    for (std::uint32_t y = 0; y < whole.height; ++y)
      for (std::uint32_t x = 0; x < whole.width; ++x)
        std::fill_n(
            whole.pixels.begin() + static_cast<std::ptrdiff_t>(y * whole.row_bytes() + x * channels), channels,
            tile.pixels[(y / scale % tile.height) * tile.row_bytes() + (x / scale % tile.width) * tile.channels]);
  }
  if (turned)
    whole = upright(std::move(whole), 3);
  const auto pixels = double(whole.width) * double(whole.height);
  // The peak so far is forgotten: what was drawn for is no part of the reading.
  std::ofstream{"/proc/self/clear_refs"} << "5";
  const auto models = double(status_kb("VmRSS")) * 1024 - double(whole.pixels.size());
  std::size_t symbols = 0;
  const auto ms = milliseconds([&] { symbols = read(recogniser, std::move(whole)).symbols.size(); });
  const auto peak = double(status_kb("VmHWM")) * 1024;
  std::printf(
      "%.1f MP, %u channels, scale %u%s: %zu symbols, %.0f ms; models %.0f MiB, peak %.0f MiB: %.1f bytes a pixel\n",
      pixels / 1e6, channels, scale, turned ? ", upside down" : "", symbols, ms, models / 1048576, peak / 1048576,
      (peak - models) / pixels);
}

} // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> given{arguments + 1, arguments + count};
  if (given.size() >= 2 && given[0] == "confidences")
    confidences(given[1]);
  else if (given.size() >= 2 && given[0] == "strips")
    strips(given[1], given.size() > 2 ? std::stoul(given[2]) : 100);
  else if (given.size() >= 2 && given[0] == "pages")
    pages(given[1], {given.begin() + 2, given.end()});
  else if (given.size() >= 5 && given[0] == "memory")
    memory(given[1], std::stod(given[2]), static_cast<std::uint32_t>(std::stoul(given[3])),
           static_cast<std::uint32_t>(std::stoul(given[4])), given.size() > 5);
  else
    bench::fail("tesseract_bench confidences|strips|pages|memory SAMPLES …");
}
