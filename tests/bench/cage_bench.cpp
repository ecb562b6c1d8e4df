// What the cage costs: the same work in this process, in one of its own, and in a caged one, in turn.
//
//   cage_bench SAMPLES [ROUNDS]
//
// SAMPLES is docs/samples. 750 strips become a montage by their coefficients and by their pixels, and Tesseract reads
// 100 strips. Prints the median of each in milliseconds and the medians' ratios.
// The programs lie side by side. Set OMP_THREAD_LIMIT=1, as the reader has it.

#include "sample_strips.hpp"
#include "vision/compose/draw_montage.hpp"
#include "vision/embedded/embedded_engine.hpp"
#include "vision/embedded/tesseract_rules.hpp"
#include "vision/picture_header.hpp"
#include "vision/reader/caged_reader.hpp"
#include "vision/reader/reader_program.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/tesseract_engine.hpp"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

constexpr montage_limits limits{{65'500, 75'000'000}, 20'000'000};

std::vector<picture> read_strips(const char* directory, std::size_t count) {
  const auto samples = bench::read_sample_strips(directory);
  std::vector<picture> strips;
  for (std::size_t i = 0; i < count; ++i) {
    auto bytes = samples[i % samples.size()];
    const auto info = inspect(bytes);
    if (!std::holds_alternative<picture_header>(info))
      bench::fail("a sample is no picture");
    strips.push_back(
        {std::to_string(i), make_picture_bytes(std::move(bytes)), std::get<picture_header>(info).info, {}});
  }
  return strips;
}

/// Nothing but composing is left for them: half are taken for turned by nothing.
std::vector<picture> mirrored(std::vector<picture> strips) {
  for (std::size_t i = 0; i < strips.size(); i += 2)
    strips[i].info.orientation = 2;
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

void require(const made_montage& made, montage_way way) {
  const auto* drawn = std::get_if<montage>(&made);
  if (drawn == nullptr || drawn->way != way)
    bench::fail("no montage of that way: " +
                (drawn ? std::string{to_string(drawn->way)} : std::get<no_montage>(made).detail));
}

void require(const call_outcome& outcome) {
  const auto* read = std::get_if<annotation>(&outcome);
  if (read == nullptr || std::ranges::any_of(read->pictures, [](const auto& p) { return !p.recognised; }))
    bench::fail("a strip cannot be read");
}

/// A reader's settings; both kinds share the program and the memory.
std::shared_ptr<const reader_settings> settings_of(std::shared_ptr<const tesseract_languages> languages, bool caged) {
  const auto settings = std::make_shared<reader_settings>();
  settings->program = reader_program();
  settings->caged = caged;
  settings->memory = std::make_shared<picture_memory>(1ULL << 30);
  settings->model_file = [languages](std::string_view code) { return languages->file_of(code); };
  return settings;
}

/// The work here, in a process of its own without a cage, and in one with it. They take turns, after a round that is
/// not counted.
template <class Work>
void compare(const char* what, int rounds, const Work& here, const Work& beside, const Work& caged) {
  std::array<std::vector<double>, 3> times;
  for (int i = 0; i <= rounds; ++i)
    for (std::size_t way = 0; way < times.size(); ++way) {
      const auto ms = milliseconds(way == 0 ? here : way == 1 ? beside : caged);
      if (i > 0)
        times[way].push_back(ms);
    }
  const auto a = median(times[0]), b = median(times[1]), c = median(times[2]);
  std::cout << what << ": in this process " << a << " ms; a process without a cage " << b << " ms, " << b / a
            << " times that; with it " << c << " ms, " << c / b << " times without\n";
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    bench::fail("usage: cage_bench SAMPLES [ROUNDS]");
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 15;
  // As the service's process, where this work was done before.
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  const auto languages = std::make_shared<const tesseract_languages>(tesseract_languages::installed());
  const std::array settings{settings_of(languages, false), settings_of(languages, true)};
  using work = std::function<void()>;

  const auto strips = read_strips(argv[1], 750);
  const auto turned = mirrored(strips);
  std::array readers{caged_reader{settings[0]}, caged_reader{settings[1]}};
  const auto montages = [&](const char* what, const std::vector<picture>& pictures, montage_way way) {
    const auto by = [&](caged_reader& reader) -> work {
      return [&, way] { require(reader.draw(pictures, limits, {}), way); };
    };
    compare<work>(
        what, rounds, [&] { require(draw_montage(pictures, limits), way); }, by(readers[0]), by(readers[1]));
  };
  montages("750 strips, transcoded", strips, montage_way::transcoded);
  montages("750 strips, composed", turned, montage_way::composed);

  planned_call call;
  call.pictures = read_strips(argv[1], 100);
  const auto rules = std::make_shared<const tesseract_rules>("eng", languages);
  tesseract_engine direct{languages, {"eng"}};
  embedded_engine beside{std::make_unique<caged_reader>(settings[0]), rules};
  embedded_engine caged{std::make_unique<caged_reader>(settings[1]), rules};
  const auto read = [&](engine& with) -> work { return [&] { require(with.annotate(call, {}, {})); }; };
  compare<work>("100 strips, Tesseract", std::max(rounds / 3, 1), read(direct), read(beside), read(caged));
}
