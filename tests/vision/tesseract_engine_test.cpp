#include "pictures.hpp"
#include "samples.hpp"
#include "support/file_of.hpp"
#include "vision/tesseract/data_directory.hpp"
#include "vision/tesseract/tesseract_engine.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

constexpr std::uint32_t scale = 5;

planned_call call_of(std::vector<picture> pictures, std::vector<std::string> hints = {}) {
  planned_call call;
  call.pictures = std::move(pictures);
  call.language_hints = std::move(hints);
  return call;
}

planned_call call_of_text(std::string_view text) {
  return call_of({picture_of("text", png_of(drawn_text(text, scale)))});
}

std::unique_ptr<engine> engine_of(std::string_view languages, tesseract_languages installed) {
  return std::make_unique<tesseract_engine>(std::make_shared<const tesseract_languages>(std::move(installed)),
                                            split_languages(languages));
}

std::unique_ptr<engine> new_engine(std::string_view languages = "eng") {
  return engine_of(languages, tesseract_languages::installed());
}

annotation annotated(engine& reader, const planned_call& call) {
  auto outcome = reader.annotate(call, {}, {});
  if (const auto* failed = std::get_if<call_failure>(&outcome))
    BOOST_FAIL(to_string(failed->code) << ": " << failed->detail);
  auto& result = std::get<annotation>(outcome);
  BOOST_REQUIRE(result.pictures.size() == call.pictures.size());
  return std::move(result);
}

const recognition& recognised(const picture_outcome& outcome) {
  BOOST_REQUIRE_MESSAGE(outcome.recognised, outcome.error);
  BOOST_TEST(outcome.error.empty());
  return *outcome.recognised;
}

call_failure failed(const call_outcome& outcome) {
  BOOST_REQUIRE(std::holds_alternative<call_failure>(outcome));
  return std::get<call_failure>(outcome);
}

/// The letters of `drawn_text` lie where they were drawn, within half a letter.
void check_boxes(const recognition& read) {
  constexpr int dot = scale, tolerance = 3 * dot;
  int column = 0, line = 0;
  for (const auto& letter : read.symbols) {
    BOOST_TEST_CONTEXT("letter " << letter.text << " in column " << column << " of line " << line) {
      const int left = (1 + column) * 6 * dot, top = (1 + line) * 12 * dot;
      BOOST_TEST(std::abs(letter.box.x - left) <= tolerance);
      BOOST_TEST(std::abs(letter.box.y - top) <= tolerance);
      BOOST_TEST(std::abs(letter.box.width - 5 * dot) <= 2 * tolerance);
      BOOST_TEST(std::abs(letter.box.height - 7 * dot) <= 2 * tolerance);
      BOOST_TEST(letter.confidence > 0.3F);
      BOOST_TEST(letter.confidence <= 1.0F);
    }
    ++column;
    if (letter.after == text_break::space)
      ++column;
    if (ends_line(letter.after)) {
      column = 0;
      ++line;
    }
  }
}

/// Counts what is written to standard error while it lives.
class captured_stderr {
public:
  captured_stderr() { ::dup2(::fileno(file_), STDERR_FILENO); }
  ~captured_stderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    std::fclose(file_);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;

  long size() const {
    std::fseek(file_, 0, SEEK_END);
    return std::ftell(file_);
  }

private:
  std::FILE* file_ = std::tmpfile();
  int saved_ = ::dup(STDERR_FILENO);
};

} // namespace

BOOST_AUTO_TEST_SUITE(tesseract)

BOOST_AUTO_TEST_CASE(text_is_read_with_breaks_and_boxes) {
  const auto reader = new_engine();
  const auto result = annotated(*reader, call_of_text("HELLO WORLD\nHERE WE ROLL"));
  const auto& read = recognised(result.pictures.front());
  BOOST_TEST(text_of(read) == "HELLO WORLD\nHERE WE ROLL");
  BOOST_REQUIRE(!read.symbols.empty());
  BOOST_TEST((read.symbols.back().after == text_break::line));
  check_boxes(read);
}

BOOST_AUTO_TEST_CASE(words_and_lines_are_tesseracts) {
  const auto reader = new_engine();
  const auto result = annotated(*reader, call_of_text("HELLO WORLD\nHERE WE ROLL"));
  const auto& read = recognised(result.pictures.front());
  const auto& layout = read.layout;
  BOOST_REQUIRE(layout.words.size() == 5U);
  BOOST_TEST(layout.words[0].end == 5U);
  BOOST_REQUIRE(layout.words[0].languages == 1U);
  BOOST_TEST((layout.languages[0] == std::vector<detected_language>{{"eng", 0}}));
  BOOST_REQUIRE(layout.lines.size() == 2U);
  BOOST_TEST(layout.lines[0].end == 2U);
  BOOST_TEST(layout.blocks.back().end == layout.paragraphs.size());
  BOOST_TEST(layout.symbol_quads.empty());
  for (std::size_t word = 0; word < layout.words.size(); ++word) {
    const auto box = hull_of(layout.words[word].box);
    const auto [begin, end] = children_of(layout.words, word);
    for (auto i = begin; i < end; ++i) {
      const auto& letter = read.symbols[i].box;
      BOOST_TEST(letter.x >= box.x - 2);
      BOOST_TEST(letter.x + letter.width <= box.x + box.width + 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(boxes_are_in_the_upright_picture) {
  const auto upright = drawn_text("HELLO WORLD\nHERE WE ROLL", scale);
  const auto reader = new_engine();
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const auto file =
        png_with_exif(png_of(stored_for(upright, orientation)), exif_block(static_cast<std::uint16_t>(orientation)));
    const auto result = annotated(*reader, call_of({picture_of("turned", file)}));
    const auto& read = recognised(result.pictures.front());
    BOOST_TEST(text_of(read) == "HELLO WORLD\nHERE WE ROLL");
    check_boxes(read);
  }
}

BOOST_AUTO_TEST_CASE(grey_and_colour_are_read_alike) {
  const auto rgb = drawn_text("HELLO WORLD", scale);
  auto grey = make_raster(rgb.width, rgb.height, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = rgb.pixels[3 * i];
  const auto reader = new_engine();
  const auto result = annotated(*reader, call_of({picture_of("rgb", jpeg_of(rgb)), picture_of("grey", jpeg_of(grey)),
                                                  picture_of("webp", webp_of(rgb))}));
  for (const auto& image : result.pictures)
    BOOST_TEST(text_of(recognised(image)) == "HELLO WORLD");
}

BOOST_AUTO_TEST_CASE(samples_are_read) {
  const auto reader = new_engine();
  for (const std::string name : {"caption-en-01.jpg", "page.jpg", "label.webp"}) {
    const auto result = annotated(*reader, call_of({sample(name)}));
    BOOST_TEST(text_of(recognised(result.pictures.front())) == expected_text(name));
  }
}

BOOST_AUTO_TEST_CASE(chinese_has_no_spaces_but_its_own) {
  const auto wanted = expected_text("caption-zh-01.jpg");
  for (const auto& hints : {std::vector<std::string>{"zh"}, {"en", "zh-Hans"}}) {
    const auto reader = new_engine();
    const auto result = annotated(*reader, call_of({sample("caption-zh-01.jpg")}, hints));
    BOOST_TEST(text_of(recognised(result.pictures.front())) == wanted);
  }
}

BOOST_AUTO_TEST_CASE(one_picture_does_not_colour_the_next) {
  const auto text = picture_of("text", png_of(drawn_text("OLD HERO", scale)));
  const auto reader = new_engine();
  const auto alone = annotated(*reader, call_of({sample("caption-en-01.jpg")}));
  const auto after = annotated(*reader, call_of({text, sample("page.jpg"), sample("caption-en-01.jpg")}));
  BOOST_TEST((recognised(after.pictures[2]) == recognised(alone.pictures[0])));
  // Also not from one language to the next and back.
  annotated(*reader, call_of({text}, {"zh"}));
  const auto back = annotated(*reader, call_of({sample("caption-en-01.jpg")}));
  BOOST_TEST((recognised(back.pictures[0]) == recognised(alone.pictures[0])));
}

BOOST_AUTO_TEST_CASE(a_damaged_picture_fails_alone) {
  const auto text = picture_of("text", png_of(drawn_text("HELLO", scale)));
  auto cut = text;
  cut.bytes = make_picture_bytes(file_of(text).substr(0, text.bytes->size() / 2));
  std::vector<std::size_t> progress;
  const auto outcome =
      new_engine()->annotate(call_of({text, cut, text}), {}, [&](std::size_t done) { progress.push_back(done); });
  const auto& images = std::get<annotation>(outcome).pictures;
  BOOST_REQUIRE(images.size() == 3U);
  BOOST_TEST(text_of(recognised(images[0])) == "HELLO");
  BOOST_TEST(!images[1].recognised);
  BOOST_TEST(images[1].error.find("cannot be decoded") != std::string::npos);
  BOOST_TEST(text_of(recognised(images[2])) == "HELLO");
  BOOST_TEST(progress == (std::vector<std::size_t>{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pictures_without_text_are_empty) {
  auto white = make_raster(200, 100, 3);
  std::ranges::fill(white.pixels, std::uint8_t{255});
  const auto reader = new_engine();
  const auto result = annotated(
      *reader, call_of({picture_of("white", png_of(white)), picture_of("black", png_of(make_raster(200, 100, 1)))}));
  for (const auto& image : result.pictures)
    BOOST_TEST(recognised(image).symbols.empty());
}

BOOST_AUTO_TEST_CASE(tiny_and_thin_pictures_do_no_harm_and_nothing_is_printed) {
  const auto reader = new_engine();
  annotated(*reader, call_of_text("HELLO"));
  std::vector<picture> pictures;
  for (std::uint32_t side = 1; side <= 12; ++side)
    for (const auto& [width, height] :
         {std::pair{side, side}, {side, 100U}, {100U, side}, {side, 3000U}, {3000U, side}}) {
      pictures.push_back(picture_of("gradient", png_of(gradient(width, height, 3))));
      pictures.push_back(picture_of("black", png_of(make_raster(width, height, 1))));
    }
  const captured_stderr errors;
  const auto result = annotated(*reader, call_of(pictures));
  for (const auto& image : result.pictures)
    recognised(image);
  BOOST_TEST(errors.size() == 0);
}

BOOST_AUTO_TEST_CASE(a_picture_beyond_tesseracts_coordinates_fails_alone) {
  const auto reader = new_engine();
  const auto result = annotated(*reader, call_of({picture_of("high", png_of(make_raster(4, 32768, 1))),
                                                  picture_of("high enough", png_of(make_raster(4, 32767, 1)))}));
  BOOST_TEST(result.pictures[0].error.find("32767 px") != std::string::npos);
  recognised(result.pictures[1]);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_first_picture_was_not_sent) {
  std::stop_source stop;
  stop.request_stop();
  const auto failure = failed(new_engine()->annotate(call_of_text("HELLO"), stop.get_token(), {}));
  BOOST_TEST(to_string(failure.code) == to_string(ec::cancelled));
  BOOST_TEST(!failure.sent);
}

BOOST_AUTO_TEST_CASE(a_stop_between_pictures_ends_the_call) {
  std::stop_source stop;
  const auto text = picture_of("text", png_of(drawn_text("HELLO", scale)));
  std::size_t last = 0;
  const auto failure =
      failed(new_engine()->annotate(call_of({text, text, text}), stop.get_token(), [&](std::size_t done) {
        last = done;
        if (done == 2)
          stop.request_stop();
      }));
  BOOST_TEST(to_string(failure.code) == to_string(ec::cancelled));
  BOOST_TEST(failure.sent);
  BOOST_TEST(last == 2U);
}

BOOST_AUTO_TEST_CASE(languages_that_do_not_load_are_the_engines_failure) {
  const auto call = call_of_text("HELLO");
  {
    const auto reader = engine_of("eng", tesseract_languages{{"eng"}, "/nonexistent"});
    const auto failure = failed(reader->annotate(call, {}, {}));
    BOOST_TEST(to_string(failure.code) == to_string(ec::engine_unavailable));
    BOOST_TEST(failure.detail.find("eng") != std::string::npos);
    BOOST_TEST(!failure.sent);
  }
  // Tesseract itself would go on with English alone. It is tried again, and another call is not harmed.
  const tesseract_languages claimed{{"eng", "tlh"}, tesseract_data_directory()};
  const auto reader = engine_of("eng+tlh", claimed);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto failure = failed(reader->annotate(call, {}, {}));
    BOOST_TEST(to_string(failure.code) == to_string(ec::engine_unavailable));
    BOOST_TEST(failure.detail.find("tlh") != std::string::npos);
  }
  auto english = call;
  english.language_hints = {"en"};
  const auto result = annotated(*reader, english);
  BOOST_TEST(text_of(recognised(result.pictures.front())) == "HELLO");
}

BOOST_AUTO_TEST_CASE(a_refused_hint_rejects_the_call) {
  auto call = call_of_text("HELLO");
  call.language_hints = {"tlh"};
  const auto failure = failed(new_engine()->annotate(call, {}, {}));
  BOOST_TEST(to_string(failure.code) == to_string(ec::request_rejected));
  BOOST_TEST(failure.detail.find("\"tlh\"") != std::string::npos);
  BOOST_TEST(!failure.sent);
}

BOOST_AUTO_TEST_SUITE_END()
