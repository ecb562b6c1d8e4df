#include "http/formats/pdf/glyphless_font.hpp"
#include "http/formats/pdf/jpeg_facts.hpp"
#include "http/formats/pdf/pdf.hpp"
#include "http/formats/pdf/srgb_profile.hpp"
#include "http/formats/pdf/text_layer.hpp"
#include "sample_job.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::string_literals;

namespace {

class given_files : public kept_pictures {
public:
  explicit given_files(std::vector<std::string> files) : files_{std::move(files)} {
    for (const auto& file : files_)
      entries_.push_back({{}, file.size()});
  }
  const std::vector<entry>& entries() const override { return entries_; }
  std::string read(std::size_t position) const override { return files_.at(position); }

private:
  std::vector<std::string> files_;
  std::vector<entry> entries_;
};

std::string u16(unsigned number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number)};
}

/// The markers of a JPEG of 600 × 40 pixels, with `before` in front of its frame.
std::string jpeg(unsigned components, const std::string& before = "", char frame = '\xC0',
                 const std::string& ids = "\1\2\3\4") {
  std::string file = "\xFF\xD8" + before + "\xFF"s + frame + u16(8 + 3 * components) + '\x08' + u16(40) + u16(600) +
                     static_cast<char>(components);
  for (unsigned i = 0; i < components; ++i)
    file += ids.substr(i, 1) + "\x11\0"s;
  return file + "\xFF\xDA\0\2\xFF\xD9"s;
}

const std::string adobe_inks = "\xFF\xEE\0\x0E"s + "Adobe\0\x64\0\0\0\0\2"s;
const std::string adobe_rgb = "\xFF\xEE\0\x0E"s + "Adobe\0\x64\0\0\0\0\0"s;

std::string jfif(char unit, unsigned density) {
  return "\xFF\xE0\0\x10JFIF\0\1\2"s + unit + u16(density) + u16(density) + "\0\0"s;
}

std::string pdf_of(std::vector<std::string> files, std::vector<picture_result> pictures,
                   std::optional<double> density = std::nullopt) {
  const auto job = extract_of(std::move(pictures));
  const auto draw = [](const picture&) { return drawn_jpeg{{}, "it is damaged"}; };
  const auto shape = make_pdf_renderer(job, std::make_shared<given_files>(std::move(files)), draw, density);
  return rendered(*shape, job.pages());
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pdf)

BOOST_AUTO_TEST_CASE(the_table_at_the_end_says_where_every_object_is) {
  const auto file = pdf_of({jpeg(3), ""}, {read_picture("a", two_lines()), failed_picture("b", "no picture")});
  const auto table = std::stoul(file.substr(file.rfind("startxref\n") + 10));
  BOOST_TEST(file.substr(table, 5) == "xref\n");
  const auto count = std::stoul(file.substr(table + 7));
  BOOST_TEST(count > 10U);
  const auto first = file.find('\n', table + 5) + 1;
  for (std::size_t i = 1; i < count; ++i) {
    const auto at = std::stoul(file.substr(first + 20 * i, 10));
    BOOST_TEST(file.substr(at).starts_with(std::to_string(i) + " 0 obj\n"), i);
  }
}

BOOST_AUTO_TEST_CASE(jpegs_are_held_as_they_are) {
  const auto file = pdf_of({jpeg(3)}, {read_picture("a", two_lines())});
  BOOST_TEST(
      holds(file, "/Width 600 /Height 40 /BitsPerComponent 8 /Filter /DCTDecode /ColorSpace /DeviceRGB /Length " +
                      std::to_string(jpeg(3).size()) + " >>\nstream\n" + jpeg(3) + "\nendstream"));
  BOOST_TEST(holds(file, "<pdfaid:part>2</pdfaid:part>"));
  BOOST_TEST(holds(pdf_of({jpeg(1)}, {read_picture("a", two_lines())}), "/ColorSpace /DeviceGray /Length"));
}

BOOST_AUTO_TEST_CASE(inks_are_turned_where_adobe_wrote_them_and_are_no_pdf_a) {
  const auto file = pdf_of({jpeg(4, adobe_inks)}, {read_picture("a", two_lines())});
  BOOST_TEST(holds(file, "/ColorSpace /DeviceCMYK /Decode [1 0 1 0 1 0 1 0]"));
  BOOST_TEST(!holds(file, "pdfaid:part"));
  BOOST_TEST(holds(pdf_of({jpeg(4)}, {read_picture("a", two_lines())}), "/ColorSpace /DeviceCMYK /Length"));
}

BOOST_AUTO_TEST_CASE(pages_are_as_large_as_their_density_makes_them) {
  const auto box = [](const std::string& before, std::optional<double> density) {
    const auto file = pdf_of({jpeg(1, before)}, {read_picture("a", two_lines())}, density);
    const auto at = file.find("/MediaBox [") + 11;
    return file.substr(at, file.find(']', at) - at);
  };
  BOOST_TEST(box("", std::nullopt) == "0 0 72 36");
  BOOST_TEST(box("", 100) == "0 0 144 72");
  BOOST_TEST(box(jfif('\1', 300), std::nullopt) == "0 0 48 24");
  BOOST_TEST(box(jfif('\2', 100), std::nullopt) == "0 0 56.693 28.346");
  BOOST_TEST(box(jfif('\1', 72), std::nullopt) == "0 0 72 36");
  BOOST_TEST(box(jfif('\1', 300), 100) == "0 0 144 72");
}

BOOST_AUTO_TEST_CASE(the_outline_names_pictures_and_failures) {
  const auto file = pdf_of({"", "GIF"}, {failed_picture("b", "no"), read_picture("c", two_lines())});
  BOOST_TEST(holds(file, "<FEFF0062"
                         "00200028006E006F007400200072006500610064003A0020006E006F0029"));
  BOOST_TEST(holds(file, "<FEFF0063002000280"));
}

BOOST_AUTO_TEST_CASE(words_stand_where_they_are_read) {
  character_numbers numbers;
  const auto result = read_picture("a", two_lines());
  BOOST_TEST(text_layer(page_of(result, 0), 0.5, numbers) == "BT\n3 Tr\n"
                                                             "1 0 0 1 5 35 Tm\n"
                                                             "/F 10 Tf 100 Tz <00010002> Tj\n"
                                                             "/F 10 Tf 100 Tz <0003> Tj\n"
                                                             "1 0 0 1 20 35 Tm\n"
                                                             "/F 10 Tf 50 Tz <00040005> Tj\n"
                                                             "1 0 0 1 5 20 Tm\n"
                                                             "/F 10 Tf 100 Tz <0006> Tj\n"
                                                             "ET\n");
  BOOST_TEST(holds(numbers.to_unicode(), "6 beginbfchar\n<0001> <0048>\n<0002> <0069>\n<0003> <0020>\n"));
}

BOOST_AUTO_TEST_CASE(turned_words_are_turned_and_others_run_from_the_right) {
  layout_writer writer;
  writer.add({"U", {}, 0.5F, text_break::none}, bounding_quad{{{{10, 90}, {10, 70}, {30, 70}, {30, 90}}}});
  auto turned = writer.take();
  turned.width = 100;
  turned.height = 200;
  character_numbers numbers;
  const auto up = read_picture("a", turned);
  BOOST_TEST(holds(text_layer(page_of(up, 0), 1, numbers), "\n0 1 -1 0 30 110 Tm\n/F 20 Tf 200 Tz"));
  recognition hebrew;
  hebrew.symbols = {letter("\xd7\x90", 10, 10)};
  hebrew.width = hebrew.height = 100;
  const auto right_to_left = read_picture("a", hebrew);
  BOOST_TEST(holds(text_layer(page_of(right_to_left, 0), 1, numbers), "\n-1 0 0 1 20 70 Tm\n"));
}

BOOST_AUTO_TEST_CASE(characters_beyond_the_first_plane_have_numbers_too) {
  character_numbers numbers;
  BOOST_TEST(numbers.number_of(U'\U0001F600') == 1);
  BOOST_TEST(numbers.number_of(U'a') == 2);
  BOOST_TEST(numbers.number_of(U'\U0001F600') == 1);
  BOOST_TEST(holds(numbers.to_unicode(), "<0001> <D83DDE00>\n<0002> <0061>\n"));
}

BOOST_AUTO_TEST_CASE(the_facts_of_a_jpeg_are_read) {
  const auto plain = facts_of_jpeg(jpeg(3)).value();
  BOOST_TEST(plain.width == 600U);
  BOOST_TEST(plain.height == 40U);
  BOOST_TEST(plain.components == 3);
  BOOST_TEST(!plain.is_rgb);
  BOOST_TEST(plain.density == 0);
  BOOST_TEST(facts_of_jpeg(jpeg(3, adobe_rgb)).value().is_rgb);
  BOOST_TEST(facts_of_jpeg(jpeg(3, "", '\xC0', "RGB")).value().is_rgb);
  BOOST_TEST(!facts_of_jpeg(jpeg(3, jfif('\1', 300), '\xC0', "RGB")).value().is_rgb);
  BOOST_TEST(facts_of_jpeg(jpeg(3, jfif('\1', 300))).value().density == 300);
  BOOST_TEST(facts_of_jpeg(jpeg(1, "", '\xC2')).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_pdf_cannot_hold_is_not_taken) {
  for (const char frame : {'\xC3', '\xC5', '\xC9', '\xCA'})
    BOOST_TEST(!facts_of_jpeg(jpeg(1, "", frame)).has_value());
  BOOST_TEST(!facts_of_jpeg(jpeg(2)).has_value());
  BOOST_TEST(!facts_of_jpeg("").has_value());
  BOOST_TEST(!facts_of_jpeg("\x89PNG").has_value());
  const auto whole = jpeg(3, adobe_rgb);
  for (std::size_t size = 0; size + 4 < whole.size(); ++size)
    BOOST_TEST(!facts_of_jpeg(whole.substr(0, size)).has_value(), size);
  BOOST_TEST(rc::check("any bytes", [](const std::string& bytes) {
    const auto facts = facts_of_jpeg("\xFF\xD8\xFF" + bytes);
    RC_ASSERT(!facts || (facts->width > 0 && facts->height > 0));
  }));
}

BOOST_AUTO_TEST_CASE(the_font_and_the_profile_are_sound) {
  const auto& font = glyphless_font();
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < font.size(); ++i)
    sum += std::uint32_t{static_cast<unsigned char>(font[i])} << (8 * (3 - i % 4));
  BOOST_TEST(sum == 0xB1B0AFBAU);
  const auto& profile = srgb_profile();
  BOOST_TEST(profile.substr(0, 4) == std::string(2, '\0') + u16(static_cast<unsigned>(profile.size())));
  BOOST_TEST(profile.substr(36, 4) == "acsp");
  BOOST_TEST(profile.size() % 4 == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
