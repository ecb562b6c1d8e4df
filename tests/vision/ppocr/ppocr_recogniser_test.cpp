#include "vision/decode/decode.hpp"
#include "vision/decode/turn.hpp"
#include "vision/picture_header.hpp"
#include "vision/ppocr/ppocr_recogniser.hpp"
#include "vision/reader/cage.hpp"
#include "with_parts.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using glyphgate::vision::test::parts;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(file, path << " cannot be read");
  return {std::istreambuf_iterator<char>{file}, {}};
}

raster sample(const std::string& name) {
  const auto bytes = contents(std::filesystem::path{GLYPHGATE_SAMPLES} / name);
  const auto header = inspect(bytes);
  BOOST_REQUIRE(std::holds_alternative<picture_header>(header));
  auto whole = decode(bytes, std::get<picture_header>(header).info);
  BOOST_REQUIRE(std::holds_alternative<decoded_picture>(whole));
  return std::get<decoded_picture>(std::move(whole)).pixels;
}

/// A sample's lines without the empty ones.
std::string text_of_sample(const std::string& name) {
  std::istringstream lines{contents((std::filesystem::path{GLYPHGATE_SAMPLES} / name).replace_extension("txt"))};
  std::string text;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty())
      text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::vector<std::string> captions() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{GLYPHGATE_SAMPLES})
    if (const auto name = entry.path().filename().string(); name.starts_with("caption-") && name.ends_with(".jpg"))
      names.push_back(name);
  std::ranges::sort(names);
  return names;
}

const onnx_runtime& runtime() {
  static const onnx_runtime loaded{parts().runtime()};
  return loaded;
}

ppocr_recogniser& recogniser() {
  static ppocr_recogniser made{runtime(), parts().source()};
  return made;
}

recognition read(const raster& pixels, ppocr_recogniser& with = recogniser()) {
  auto result = with.read(pixels);
  if (const auto* error = std::get_if<std::string>(&result))
    BOOST_FAIL(*error);
  return std::get<recognition>(std::move(result));
}

std::vector<text_region> find(const raster& pixels) {
  auto result = recogniser().find(pixels);
  if (const auto* error = std::get_if<std::string>(&result))
    BOOST_FAIL(*error);
  return std::get<std::vector<text_region>>(std::move(result));
}

raster uniform(std::uint32_t width, std::uint32_t height, std::uint32_t channels, std::uint8_t value) {
  auto made = make_raster(width, height, channels);
  std::ranges::fill(made.pixels, value);
  return made;
}

/// The same at every run.
raster noise(std::uint32_t width, std::uint32_t height, std::uint32_t channels) {
  auto made = make_raster(width, height, channels);
  std::mt19937 random{7};
  for (auto& value : made.pixels)
    value = static_cast<std::uint8_t>(random());
  return made;
}

/// The pictures one below the other, on white; all of three channels.
raster stacked(const std::vector<raster>& pictures) {
  std::uint32_t width = 0, height = 0;
  for (const auto& one : pictures) {
    width = std::max(width, one.width);
    height += one.height;
  }
  auto made = uniform(width, height, 3, 255);
  auto to = made.pixels.begin();
  for (const auto& one : pictures)
    for (std::uint32_t y = 0; y < one.height; ++y, to += static_cast<std::ptrdiff_t>(made.row_bytes()))
      std::copy_n(one.pixels.begin() + static_cast<std::ptrdiff_t>(y * one.row_bytes()), one.row_bytes(), to);
  return made;
}

/// Where a box of a picture of this size lies after the picture was turned by 180°.
bounding_box upside_down(const bounding_box& box, const raster& picture) {
  return {static_cast<std::int32_t>(picture.width) - box.x - box.width,
          static_cast<std::int32_t>(picture.height) - box.y - box.height, box.width, box.height};
}

bool is_within(const bounding_box& box, const raster& picture) {
  return box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 &&
         box.x + box.width <= static_cast<std::int32_t>(picture.width) &&
         box.y + box.height <= static_cast<std::int32_t>(picture.height);
}

/// The files as they are, but one that is changed.
mapped_model_source changed(const std::string& name, std::function<void(std::string&)> change) {
  return [=](std::string_view asked) -> std::optional<held_bytes> {
    auto file = parts().source()(asked);
    if (!file || asked != name)
      return file;
    auto bytes = std::make_shared<std::string>(file->view);
    change(*bytes);
    return held_bytes{*bytes, bytes};
  };
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

BOOST_AUTO_TEST_SUITE(recogniser_without_parts)

BOOST_AUTO_TEST_CASE(what_is_not_there_is_an_error_in_words) {
  const onnx_runtime nowhere{"/nowhere/libonnxruntime.so.1"};
  ppocr_recogniser lame{nowhere, [](std::string_view) { return std::nullopt; }};
  BOOST_TEST(lame.load().value_or("") == nowhere.failure());
  const auto result = lame.read(make_raster(10, 10, 1));
  BOOST_TEST(std::get<std::string>(result) == nowhere.failure());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ppocr, *boost::unit_test::precondition(glyphgate::vision::test::parts_are_there))

BOOST_AUTO_TEST_CASE(the_sample_captions_are_read_exactly) {
  const auto names = captions();
  BOOST_TEST(names.size() == 14U);
  for (const auto& name : names) {
    const auto found = read(sample(name));
    BOOST_TEST(text_of(found) == text_of_sample(name), name << ": " << text_of(found));
    BOOST_TEST(found.engine == "ppocr");
  }
}

BOOST_AUTO_TEST_CASE(symbols_have_sensible_boxes) {
  for (const auto& name : captions())
    BOOST_TEST_CONTEXT(name) {
      const auto picture = sample(name);
      const auto found = read(picture);
      BOOST_REQUIRE(!found.symbols.empty());
      std::int32_t before = 0;
      for (const auto& one : found.symbols) {
        BOOST_TEST(is_within(one.box, picture));
        BOOST_TEST(one.box.x >= before);
        BOOST_TEST(std::abs(one.box.height - found.symbols.front().box.height) <= 2);
        BOOST_TEST(one.confidence > 0.3F);
        BOOST_TEST(one.confidence <= 1);
        before = one.box.x + one.box.width;
      }
      BOOST_TEST((found.symbols.back().after == text_break::line));
    }
}

BOOST_AUTO_TEST_CASE(lines_are_read_in_order) {
  for (const auto* name : {"page.jpg", "label.webp"})
    BOOST_TEST(text_of(read(sample(name))) == text_of_sample(name));
  // An article and its price are in one row.
  const auto receipt = text_of(read(sample("receipt.png")));
  BOOST_TEST(receipt.find("1 Apple cake at 3.40\n3 Coffee at 2.75\n") != std::string::npos, receipt);
}

BOOST_AUTO_TEST_CASE(lines_are_read_in_order_however_the_page_lies) {
  for (const auto orientation : {std::uint8_t{3}, std::uint8_t{6}, std::uint8_t{8}})
    BOOST_TEST_CONTEXT("EXIF orientation " << int{orientation})
  BOOST_TEST(text_of(read(upright(sample("label.webp"), orientation))) == text_of_sample("label.webp"));
}

BOOST_AUTO_TEST_CASE(lines_are_rows_and_words_end_at_spaces) {
  const auto found = read(sample("receipt.png"));
  const auto& layout = found.layout;
  const auto text = text_of(found);
  BOOST_TEST(static_cast<std::ptrdiff_t>(layout.lines.size()) == std::count(text.begin(), text.end(), '\n') + 1);
  BOOST_TEST(static_cast<std::ptrdiff_t>(layout.words.size()) ==
             std::count_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\n'; }) + 1);
  BOOST_TEST(layout.paragraphs.size() >= 2U);
  BOOST_TEST(layout.symbol_quads.empty());
}

BOOST_AUTO_TEST_CASE(turned_text_has_its_corners_as_it_runs) {
  const auto found = read(upright(sample("caption-en-01.jpg"), 3));
  BOOST_REQUIRE(found.layout.symbol_quads.size() == found.symbols.size());
  for (const auto& quad : found.layout.symbol_quads) {
    BOOST_TEST(quad.corners[0].x > quad.corners[1].x);
    BOOST_TEST(quad.corners[0].y > quad.corners[3].y);
  }
}

BOOST_AUTO_TEST_CASE(the_same_picture_is_read_the_same_way) {
  const auto caption = sample("caption-en-05.jpg"), label = sample("label.webp");
  const auto first = read(caption), other = read(label);
  BOOST_TEST((read(caption) == first));
  recogniser().rest();
  BOOST_TEST((read(label) == other));
  ppocr_recogniser another{runtime(), parts().source()};
  BOOST_TEST((read(caption, another) == first));
}

BOOST_AUTO_TEST_CASE(grey_is_read_as_the_same_grey_in_colour) {
  const auto grey = sample("receipt.png");
  BOOST_REQUIRE(grey.channels == 1U);
  auto colour = make_raster(grey.width, grey.height, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    std::fill_n(colour.pixels.begin() + static_cast<std::ptrdiff_t>(i * 3), 3, grey.pixels[i]);
  BOOST_TEST((read(colour) == read(grey)));
}

BOOST_AUTO_TEST_CASE(what_stands_on_its_head_is_read) {
  for (const auto* name : {"caption-en-01.jpg", "caption-en-03.jpg", "caption-zh-02.jpg"}) {
    const auto picture = sample(name);
    const auto found = read(upright(picture, 3)), wanted = read(picture);
    BOOST_TEST(text_of(found) == text_of_sample(name));
    BOOST_REQUIRE(found.symbols.size() == wanted.symbols.size());
    for (std::size_t i = 0; i < found.symbols.size(); ++i) {
      const auto box = upside_down(wanted.symbols[i].box, picture);
      BOOST_TEST(std::abs(found.symbols[i].box.x - box.x) <= 8);
      BOOST_TEST(std::abs(found.symbols[i].box.y - box.y) <= 8);
    }
  }
}

// Squeezed to the classifier's width, this upright line looks to it as if it stood on its head.
BOOST_AUTO_TEST_CASE(a_line_that_the_classifier_turns_in_error_is_read) {
  const auto picture = sample(GLYPHGATE_SOURCE_DIR "/tests/vision/ppocr/squeezed_line.png");
  BOOST_TEST(text_of(read(picture)) == "What ails you that you keep on arguing?");
}

BOOST_AUTO_TEST_CASE(what_lies_on_its_side_is_read) {
  for (const auto orientation : {std::uint8_t{6}, std::uint8_t{8}})
    for (const auto* name : {"caption-en-01.jpg", "caption-zh-02.jpg"}) {
      const auto picture = upright(sample(name), orientation);
      const auto found = read(picture);
      BOOST_TEST(text_of(found) == text_of_sample(name));
      for (const auto& one : found.symbols)
        BOOST_TEST(is_within(one.box, picture));
    }
}

BOOST_AUTO_TEST_CASE(text_is_found_in_very_long_pictures) {
  // Captions at the ends and at the seam of two tiles, 6,000 pixels of white between them.
  const auto caption = sample("caption-en-01.jpg");
  const auto gap = uniform(caption.width, 3000, 3, 255);
  const auto tall = stacked({caption, gap, sample("caption-zh-01.jpg"), gap, sample("caption-en-03.jpg")});
  BOOST_TEST(text_of(read(tall)) == text_of_sample("caption-en-01.jpg") + "\n" + text_of_sample("caption-zh-01.jpg") +
                                        "\n" + text_of_sample("caption-en-03.jpg"));
}

BOOST_AUTO_TEST_CASE(a_very_long_line_is_read_in_pieces) {
  const std::string name = "caption-en-01.jpg";
  const auto caption = sample(name);
  // Eight captions side by side.
  auto wide = make_raster(caption.width * 8, caption.height, 3);
  for (std::uint32_t y = 0; y < caption.height; ++y)
    for (std::uint32_t i = 0; i < 8; ++i)
      std::copy_n(caption.pixels.begin() + static_cast<std::ptrdiff_t>(y * caption.row_bytes()), caption.row_bytes(),
                  wide.pixels.begin() + static_cast<std::ptrdiff_t>(y * wide.row_bytes() + i * caption.row_bytes()));
  std::string wanted;
  for (int i = 0; i < 8; ++i)
    wanted += (i == 0 ? "" : " ") + text_of_sample(name);
  BOOST_TEST(text_of(read(wide)) == wanted);
}

BOOST_AUTO_TEST_CASE(nothing_is_found_where_there_is_nothing) {
  for (const auto& picture : {uniform(1, 1, 1, 0), uniform(1, 1, 3, 255), uniform(666, 64, 3, 128),
                              uniform(2000, 1500, 1, 255), noise(666, 64, 3), noise(500, 400, 1)}) {
    BOOST_TEST(find(picture).empty());
    BOOST_TEST(read(picture).symbols.empty());
  }
}

BOOST_AUTO_TEST_CASE(hostile_shapes_are_read_to_their_end) {
  for (const auto& [width, height] : {std::pair{65'500U, 1U}, {1U, 65'500U}, {7000U, 7000U}, {3U, 2000U}, {31U, 33U}}) {
    const auto found = read(noise(width, height, 1));
    BOOST_TEST(found.symbols.size() < 100U);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused) {
  for (const std::string name : {"det.onnx", "rec.onnx", "cls.onnx", "keys.txt"}) {
    ppocr_recogniser damaged{runtime(), changed(name, [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; })};
    const auto why = damaged.load().value_or("");
    BOOST_TEST(why.starts_with(name + " is damaged or of another version"), why);
    const auto read = damaged.read(sample("caption-en-01.jpg"));
    BOOST_TEST(std::get<std::string>(read) == why);
  }
  ppocr_recogniser bare{runtime(), [](std::string_view) { return std::nullopt; }};
  BOOST_TEST(bare.load().value_or("").find("SHA256SUMS is not there") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_loads_and_reads_in_the_cage) {
  const auto english = sample("caption-en-01.jpg"), chinese = sample("caption-zh-01.jpg"), page = sample("page.jpg");
  const auto wanted =
      text_of_sample("caption-en-01.jpg") + text_of_sample("caption-zh-01.jpg") + text_of_sample("page.jpg");
  // The files are read before the cage is entered, as the reader gets its files open.
  std::vector<std::pair<std::string, held_bytes>> files;
  for (const std::string name : {"SHA256SUMS", "keys.txt", "det.onnx", "cls.onnx", "rec.onnx"})
    files.emplace_back(name, parts().source()(name).value());
  const auto status = in_a_child([&] {
    const onnx_runtime loaded{parts().runtime()};
    ppocr_recogniser caged{loaded, [&](std::string_view asked) -> std::optional<held_bytes> {
                             for (const auto& [name, bytes] : files)
                               if (name == asked)
                                 return bytes;
                             return std::nullopt;
                           }};
    if (!enter_cage().empty())
      return 1;
    for (int round = 0; round < 2; ++round) {
      std::string text;
      for (const auto* picture : {&english, &chinese, &page}) {
        const auto result = caged.read(*picture);
        if (!std::holds_alternative<recognition>(result))
          return 2;
        text += text_of(std::get<recognition>(result));
      }
      if (text != wanted)
        return 3;
      caged.rest();
    }
    return 0;
  });
  BOOST_TEST(status == 0);
  // The cage kills.
  BOOST_TEST(in_a_child([] {
               if (!enter_cage().empty())
                 return 1;
               return std::fopen("/dev/null", "rb") != nullptr ? 2 : 3;
             }) == -SIGSYS);
}

BOOST_AUTO_TEST_SUITE_END()
