#include "pictures.hpp"
#include "samples.hpp"
#include "vision/decode/decode.hpp"
#include "vision/decode/turn.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/tesseract_recogniser.hpp"

#include <boost/test/unit_test.hpp>
#include <seccomp.h>
#include <sys/wait.h>
#include <tesseract/baseapi.h>
#include <tesseract/resultiterator.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

std::optional<std::vector<char>> installed_model(std::string_view code) {
  static const auto languages = tesseract_languages::installed();
  const auto file = languages.file_of(code);
  if (!file)
    return std::nullopt;
  const auto bytes = contents(*file);
  return std::vector<char>{bytes.begin(), bytes.end()};
}

raster pixels_of(const std::string& name) {
  const auto picture = sample(name);
  auto whole = decode(picture.bytes->hold().view, picture.info);
  BOOST_REQUIRE(std::holds_alternative<decoded_picture>(whole));
  return std::get<decoded_picture>(std::move(whole)).pixels;
}

std::unique_ptr<tesseract_recogniser> recogniser_for(const std::vector<std::string>& codes) {
  auto made = std::make_unique<tesseract_recogniser>(installed_model);
  const auto failure = made->load(codes);
  BOOST_REQUIRE_MESSAGE(!failure, *failure);
  return made;
}

recognition read(tesseract_recogniser& recogniser, raster pixels) {
  auto result = recogniser.read(std::move(pixels));
  if (const auto* error = std::get_if<std::string>(&result))
    BOOST_FAIL(*error);
  return std::get<recognition>(std::move(result));
}

float mean_confidence(const recognition& read) {
  const auto sum = std::accumulate(read.symbols.begin(), read.symbols.end(), 0.0F,
                                   [](float total, const symbol& one) { return total + one.confidence; });
  return sum / static_cast<float>(std::max<std::size_t>(read.symbols.size(), 1));
}

/// A word as Tesseract itself gives it.
struct own_word {
  std::string text;
  /// 0–1.
  float confidence;
};

std::vector<own_word> own_words(const raster& pixels) {
  ::tesseract::TessBaseAPI api;
  const auto directory = tesseract_languages::installed().file_of("eng")->parent_path();
  BOOST_REQUIRE(api.Init(directory.c_str(), "eng", ::tesseract::OEM_LSTM_ONLY) == 0);
  api.SetPageSegMode(::tesseract::PSM_AUTO);
  api.SetImage(pixels.pixels.data(), static_cast<int>(pixels.width), static_cast<int>(pixels.height),
               static_cast<int>(pixels.channels), static_cast<int>(pixels.row_bytes()));
  api.SetSourceResolution(70);
  BOOST_REQUIRE(api.Recognize(nullptr) == 0);
  std::vector<own_word> words;
  const std::unique_ptr<::tesseract::ResultIterator> at{api.GetIterator()};
  do {
    const std::unique_ptr<const char[]> text{at->GetUTF8Text(::tesseract::RIL_WORD)};
    if (text && std::string_view{text.get()}.find_first_not_of(' ') != std::string_view::npos)
      words.push_back({text.get(), at->Confidence(::tesseract::RIL_WORD) / 100});
  } while (at->Next(::tesseract::RIL_WORD));
  return words;
}

/// Checks that the symbols are those of the words, and that none is surer than its word; gives the words' mean.
float check_symbols(const recognition& read, const std::vector<own_word>& words) {
  auto at = read.symbols.begin();
  float sum = 0;
  for (const auto& word : words) {
    std::string text;
    while (text.size() < word.text.size()) {
      BOOST_REQUIRE((at != read.symbols.end()));
      BOOST_TEST(at->confidence <= word.confidence + 0.001F, "in " << word.text << ": " << at->text);
      text += at->text;
      ++at;
    }
    BOOST_TEST(text == word.text);
    sum += word.confidence;
  }
  BOOST_TEST((at == read.symbols.end()));
  return sum / static_cast<float>(words.size());
}

/// EXIF orientations, for `upright`, that turn clockwise by 0°, 90°, 180° and 270°.
constexpr std::uint8_t quarter_turns[] = {1, 6, 3, 8};

/// A box of a picture of this size after that turn of the picture.
bounding_box turned(const bounding_box& box, std::uint8_t orientation, const raster& picture) {
  const auto width = static_cast<std::int32_t>(picture.width), height = static_cast<std::int32_t>(picture.height);
  switch (orientation) {
  case 6: return {height - box.y - box.height, box.x, box.height, box.width};
  case 3: return {width - box.x - box.width, height - box.y - box.height, box.width, box.height};
  case 8: return {box.y, width - box.x - box.width, box.height, box.width};
  default: return box;
  }
}

bool close_to(const bounding_box& a, const bounding_box& b, int tolerance) {
  return std::abs(a.x - b.x) <= tolerance && std::abs(a.y - b.y) <= tolerance &&
         std::abs(a.x + a.width - b.x - b.width) <= tolerance && std::abs(a.y + a.height - b.y - b.height) <= tolerance;
}

/// A model with a configuration of its own. The file is a count of 32 bits, that many offsets of 64 bits, −1 for a part
/// that is not there, and the parts; the first one is the configuration.
std::vector<char> with_configuration(const std::vector<char>& model, std::string_view text) {
  std::int32_t parts;
  std::memcpy(&parts, model.data(), sizeof parts);
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(parts));
  const auto table_bytes = offsets.size() * sizeof offsets[0];
  std::memcpy(offsets.data(), model.data() + sizeof parts, table_bytes);
  const auto start = sizeof parts + table_bytes;
  BOOST_REQUIRE(offsets.front() == -1);
  for (auto& offset : offsets)
    if (offset >= 0)
      offset += static_cast<std::int64_t>(text.size());
  offsets.front() = static_cast<std::int64_t>(start);
  auto result = model;
  std::memcpy(result.data() + sizeof parts, offsets.data(), table_bytes);
  result.insert(result.begin() + static_cast<std::ptrdiff_t>(start), text.begin(), text.end());
  return result;
}

/// From here on the process is killed when it opens a file, starts a program or makes a socket.
void forbid_files() {
  const auto filter = ::seccomp_init(SCMP_ACT_ALLOW);
  for (const auto* name : {"open", "openat", "openat2", "creat", "execve", "execveat", "socket"})
    ::seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, ::seccomp_syscall_resolve_name(name), 0);
  if (::seccomp_load(filter) != 0)
    ::_exit(99);
}

/// How a child process ends that does this work: its exit status, or minus the signal that ended it.
template <class Work>
int in_a_child(Work work) {
  const auto child = ::fork();
  if (child == 0)
    ::_exit(work());
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

BOOST_AUTO_TEST_SUITE(recogniser)

BOOST_AUTO_TEST_CASE(nothing_opens_a_file) {
  if (!installed_model("chi_sim")) {
    BOOST_TEST_MESSAGE("not checked: chi_sim is not installed");
    return;
  }
  const auto english = *installed_model("eng"), chinese = *installed_model("chi_sim");
  const auto receipt = pixels_of("receipt.png"), caption = pixels_of("caption-zh-01.jpg");
  const auto wanted_receipt = expected_text("receipt.png"), wanted_caption = expected_text("caption-zh-01.jpg");
  const auto status = in_a_child([&] {
    tesseract_recogniser caged{[&](std::string_view code) -> std::optional<std::vector<char>> {
      if (code == "eng")
        return english;
      if (code == "chi_sim")
        return chinese;
      return std::nullopt;
    }};
    forbid_files();
    const auto reads = [&](const raster& pixels, const std::string& text) {
      const auto result = caged.read(pixels);
      const auto* good = std::get_if<recognition>(&result);
      return good != nullptr && text_of(*good) == text;
    };
    if (caged.load({"eng"}) || !reads(receipt, wanted_receipt))
      return 1;
    if (!reads(upright(receipt, 3), wanted_receipt))
      return 2;
    if (!caged.load({"eng", "nothing"}))
      return 3;
    if (caged.load({"chi_sim", "eng"}) || !reads(caption, wanted_caption))
      return 4;
    // Tesseract has things to say about these.
    caged.read(noise(500, 500, 3));
    caged.read(make_raster(5, 2000, 1));
    return 0;
  });
  BOOST_TEST(status == 0);
  // The filter kills.
  BOOST_TEST(in_a_child([] {
               forbid_files();
               return std::fopen("/dev/null", "rb") != nullptr ? 1 : 0;
             }) == -SIGSYS);
}

BOOST_AUTO_TEST_CASE(only_what_changed_is_loaded) {
  std::vector<std::string> asked;
  tesseract_recogniser recogniser{[&](std::string_view code) {
    asked.emplace_back(code);
    return installed_model(code);
  }};
  BOOST_TEST(!recogniser.load({"eng"}));
  BOOST_TEST(!recogniser.load({"eng"}));
  BOOST_TEST(asked == (std::vector<std::string>{"eng"}), boost::test_tools::per_element());
  // A failure leaves nothing, so that the same set is loaded anew.
  const auto failure = recogniser.load({"eng", "tlh"});
  BOOST_TEST(failure.value_or("") == "Tesseract cannot load its data for tlh");
  BOOST_TEST(std::get<std::string>(recogniser.read(make_raster(100, 100, 1))) == "no language is loaded");
  BOOST_TEST(!recogniser.load({"eng"}));
  BOOST_TEST(asked == (std::vector<std::string>{"eng", "eng", "tlh", "eng"}), boost::test_tools::per_element());
  BOOST_TEST(recogniser.load({}).value_or("") == "no language is named");
}

BOOST_AUTO_TEST_CASE(a_script_is_a_model_as_a_language_is) {
  tesseract_recogniser recogniser{
      [](std::string_view code) { return code == "script/Latin" ? installed_model("eng") : std::nullopt; }};
  BOOST_TEST(!recogniser.load({"script/Latin"}));
  BOOST_TEST(text_of(read(recogniser, pixels_of("receipt.png"))) == expected_text("receipt.png"));
}

BOOST_AUTO_TEST_CASE(a_model_cannot_ask_for_another) {
  std::vector<std::string> asked;
  tesseract_recogniser recogniser{[&](std::string_view code) -> std::optional<std::vector<char>> {
    asked.emplace_back(code);
    return with_configuration(*installed_model("eng"), "tessedit_load_sublangs third\n");
  }};
  BOOST_TEST(!recogniser.load({"eng"}));
  BOOST_TEST(!recogniser.load({"first", "second"}));
  BOOST_TEST(asked == (std::vector<std::string>{"eng", "first", "second"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damaged_models_are_refused) {
  for (const auto& damaged : {std::vector<char>{}, std::vector<char>(3, 'x'), std::vector<char>(1000, '\0')}) {
    tesseract_recogniser recogniser{[&](std::string_view) { return damaged; }};
    BOOST_TEST(recogniser.load({"eng"}).value_or("") == "Tesseract cannot load its data for eng");
  }
}

BOOST_AUTO_TEST_CASE(no_symbol_is_surer_than_its_word) {
  const auto recogniser = recogniser_for({"eng"});
  const auto clean = pixels_of("caption-en-01.jpg");
  // What a strip shows upside down is read as it lies, and means nothing.
  for (const auto& [pixels, least, most] : {std::tuple{clean, 0.9F, 1.0F}, std::tuple{upright(clean, 3), 0.0F, 0.4F},
                                            std::tuple{upright(pixels_of("caption-en-06.jpg"), 3), 0.0F, 0.5F}}) {
    const auto symbols = read(*recogniser, pixels);
    const auto mean = check_symbols(symbols, own_words(pixels));
    BOOST_TEST(mean >= least);
    BOOST_TEST(mean <= most);
  }
}

BOOST_AUTO_TEST_CASE(a_page_is_read_as_it_lies_on_any_side) {
  const auto recogniser = recogniser_for({"eng"});
  for (const std::string name : {"page.jpg", "receipt.png", "label.webp"}) {
    const auto page = pixels_of(name);
    const auto upright_reading = read(*recogniser, page);
    BOOST_TEST(text_of(upright_reading) == expected_text(name));
    for (const auto orientation : quarter_turns)
      BOOST_TEST_CONTEXT(name << " turned as by EXIF orientation " << int{orientation}) {
        const auto reading = read(*recogniser, upright(page, orientation));
        BOOST_TEST(text_of(reading) == expected_text(name));
        BOOST_REQUIRE(reading.symbols.size() == upright_reading.symbols.size());
        std::size_t near = 0;
        for (std::size_t i = 0; i < reading.symbols.size(); ++i)
          near +=
              close_to(reading.symbols[i].box, turned(upright_reading.symbols[i].box, orientation, page), 4) ? 1U : 0U;
        BOOST_TEST(near * 100 >= reading.symbols.size() * 95);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_strip_is_read_once) {
  const auto recogniser = recogniser_for({"eng"});
  const auto strip = upright(pixels_of("caption-en-01.jpg"), 3);
  const auto symbols = read(*recogniser, strip);
  check_symbols(symbols, own_words(strip));
  BOOST_TEST(mean_confidence(symbols) < 0.5F);
}

BOOST_AUTO_TEST_CASE(a_doubtful_reading_is_kept_where_turning_makes_it_no_better) {
  // Half of the page upright, half upside down: whichever way, one half is read.
  const auto page = pixels_of("receipt.png");
  const auto head_down = upright(page, 3);
  auto both = make_raster(page.width, page.height * 3, page.channels);
  auto to = both.pixels.begin();
  for (const auto* part : {&page, &head_down, &head_down})
    to = std::copy(part->pixels.begin(), part->pixels.end(), to);
  const auto recogniser = recogniser_for({"eng"});
  const auto more_down = read(*recogniser, both);
  const auto more_up = read(*recogniser, upright(both, 3));
  BOOST_TEST(std::abs(mean_confidence(more_down) - mean_confidence(more_up)) < 0.05F);
  BOOST_TEST(mean_confidence(more_up) > 0.6F);
}

BOOST_AUTO_TEST_SUITE_END()
