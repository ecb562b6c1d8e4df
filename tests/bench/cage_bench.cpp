// What the cage costs: the same work in this process and by a caged reader, in turn.
//
//   cage_bench SAMPLES [ROUNDS]
//
// SAMPLES is docs/samples. 750 strips become a montage by their coefficients and by their pixels, and Tesseract reads
// 100 strips. Prints the median of each in milliseconds and the medians' ratio. The programs lie side by side. Set
// OMP_THREAD_LIMIT=1, as the reader has it.

#include "sample_strips.hpp"
#include "vision/compose/draw_montage.hpp"
#include "vision/picture_header.hpp"
#include "vision/reader/caged_reader.hpp"
#include "vision/reader/embedded_engine.hpp"
#include "vision/reader/reader_program.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/tesseract_engine.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
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

/// Takes turns, after a round that is not counted.
template <class Direct, class Caged>
void compare(const char* what, int rounds, Direct direct, Caged caged) {
  direct();
  caged();
  std::vector<double> here, there;
  for (int i = 0; i < rounds; ++i) {
    here.push_back(milliseconds(direct));
    there.push_back(milliseconds(caged));
  }
  const auto a = median(here), b = median(there);
  std::cout << what << ": in this process " << a << " ms, caged " << b << " ms, ratio " << b / a << '\n';
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    bench::fail("usage: cage_bench SAMPLES [ROUNDS]");
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 15;
  const auto languages = std::make_shared<const tesseract_languages>(tesseract_languages::installed());
  const auto settings = std::make_shared<reader_settings>();
  settings->program = reader_program();
  settings->memory = std::make_shared<picture_memory>(1ULL << 30);
  settings->model_file = [languages](std::string_view code) { return languages->file_of(code); };

  const auto strips = read_strips(argv[1], 750);
  const auto turned = mirrored(strips);
  caged_reader reader{settings};
  compare(
      "750 strips, transcoded", rounds, [&] { require(draw_montage(strips, limits), montage_way::transcoded); },
      [&] { require(reader.draw(strips, limits, {}), montage_way::transcoded); });
  compare(
      "750 strips, composed", rounds, [&] { require(draw_montage(turned, limits), montage_way::composed); },
      [&] { require(reader.draw(turned, limits, {}), montage_way::composed); });

  planned_call call;
  call.pictures = read_strips(argv[1], 100);
  tesseract_engine direct{languages, {"eng"}};
  embedded_engine caged{std::make_unique<caged_reader>(settings),
                        [](const auto&) { return std::vector<std::string>{"eng"}; }};
  compare(
      "100 strips, Tesseract", std::max(rounds / 3, 1), [&] { require(direct.annotate(call, {}, {})); },
      [&] { require(caged.annotate(call, {}, {})); });
}
