#include "support/test_pdf.hpp"
#include "vision/reader/caged_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace std::chrono_literals;

namespace {

constexpr montage_limits limits{{50'000, 50'000'000}, 20'000'000};

std::shared_ptr<reader_settings> settings_of() {
  auto settings = std::make_shared<reader_settings>();
  settings->program = GLYPHGATE_READER;
  settings->memory = std::make_shared<picture_memory>(512ULL << 20);
  settings->model_file = [](std::string_view) { return std::nullopt; };
  settings->decoding_time = 20s;
  return settings;
}

held_bytes held(std::string file) {
  const auto owner = std::make_shared<const std::string>(std::move(file));
  return {*owner, owner};
}

picture page_of(const held_bytes& file, std::uint32_t page, std::uint32_t width = 600, std::uint32_t height = 800) {
  picture p;
  p.bytes = std::make_shared<picture_bytes>(file);
  p.info = {picture_format::pdf, width, height, 1, page};
  return p;
}

/// How large the JPEG of a page is: hardly larger than a blank one's where nothing is drawn.
std::size_t drawn_size(caged_reader& reader, const std::string& file) {
  const auto made = reader.draw({page_of(held(file), 0)}, limits, {});
  BOOST_TEST_REQUIRE(std::holds_alternative<montage>(made));
  BOOST_TEST(std::get<montage>(made).unplaced.empty());
  return std::get<montage>(made).size();
}

/// A page of lines in a font that the file does not bring.
std::string page_in(const std::string& font) {
  pdf_writer to;
  to.add("<</Type/Catalog/Pages 2 0 R>>");
  to.add("<</Type/Pages/Kids[3 0 R]/Count 1>>");
  to.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F" + font + ">>>>>>");
  to.add_stream("", "BT /F 24 Tf 28 TL 72 740 Td <0041004200430044004500460047> Tj T* (ABCDEFG) Tj T* (abcdefg) Tj ET");
  return to.finish("/Root 1 0 R");
}

std::string chinese_font(const std::string& name) {
  return "<</Type/Font/Subtype/Type0/BaseFont/" + name +
         "/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/" + name +
         "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement "
         "2>>/FontDescriptor<</Type/FontDescriptor/FontName/" +
         name + "/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>>>]>>";
}

} // namespace

BOOST_AUTO_TEST_SUITE(caged_documents)

BOOST_AUTO_TEST_CASE(fonts_that_a_document_does_not_bring_are_there_in_the_cage) {
  caged_reader reader{settings_of()};
  const auto blank = drawn_size(reader, test_pdf({{""}}));
  for (const char* font : {"Helvetica", "Times-Roman", "Courier-Bold", "Symbol", "ZapfDingbats"})
    BOOST_TEST(drawn_size(reader, page_in("<</Type/Font/Subtype/Type1/BaseFont/" + std::string{font} + ">>")) >
                   blank + 2000,
               font);
  for (const char* font : {"ArialMT", "TimesNewRomanPS-BoldMT", "Calibri", "Nobody-Knows"})
    BOOST_TEST(drawn_size(reader, page_in("<</Type/Font/Subtype/TrueType/BaseFont/" + std::string{font} + ">>")) >
                   blank + 2000,
               font);
  for (const char* font : {"SimSun", "STSong-Light"})
    BOOST_TEST(drawn_size(reader, page_in(chinese_font(font))) > blank + 2000, font);
}

BOOST_AUTO_TEST_CASE(pages_and_other_documents_share_a_montage) {
  caged_reader reader{settings_of()};
  const auto file = held(test_pdf(std::vector<pdf_page>(3, page_of_lines({"One line."}))));
  const auto made =
      reader.draw({page_of(file, 0), page_of(file, 2), page_of(held(test_pdf({{"0 0 9 9 re f"}})), 0)}, limits, {});
  BOOST_REQUIRE(std::holds_alternative<montage>(made));
  BOOST_TEST(std::get<montage>(made).placements.size() == 3U);
  BOOST_TEST(std::get<montage>(made).unplaced.empty());
}

BOOST_AUTO_TEST_CASE(a_page_that_is_not_there_costs_only_itself) {
  caged_reader reader{settings_of()};
  const auto file = held(test_pdf({page_of_lines({"One line."})}));
  const auto made = reader.draw({page_of(file, 0), page_of(file, 5), page_of(held("%PDF-1.4 nothing"), 0)}, limits, {});
  BOOST_REQUIRE(std::holds_alternative<montage>(made));
  const auto& unplaced = std::get<montage>(made).unplaced;
  BOOST_REQUIRE(unplaced.size() == 2U);
  BOOST_TEST(unplaced[0].text.find("page") != std::string::npos, unplaced[0].text);
  BOOST_TEST(unplaced[1].text.find("PDF") != std::string::npos, unplaced[1].text);
}

BOOST_AUTO_TEST_CASE(a_document_is_looked_at) {
  caged_reader reader{settings_of()};
  const auto file = held(
      test_pdf(std::vector<pdf_page>(3, page_of_lines({"The last train leaves at midnight, and no other follows."}))));
  document_request request;
  request.text = true;
  const auto told = reader.look(file, request, {});
  BOOST_TEST_REQUIRE(std::holds_alternative<document_facts>(told));
  const auto& facts = std::get<document_facts>(told);
  BOOST_TEST(facts.pages == 3U);
  BOOST_REQUIRE(facts.chosen.size() == 3U);
  BOOST_REQUIRE(facts.chosen[2].text);
  BOOST_TEST(text_of(*facts.chosen[2].text) == "The last train leaves at midnight, and no other follows.");
}

BOOST_AUTO_TEST_CASE(too_many_pages_and_missing_ones_are_refused) {
  caged_reader reader{settings_of()};
  const auto file = held(test_pdf(std::vector<pdf_page>(3, {""})));
  document_request request;
  request.most_pages = 2;
  const auto many = std::get<picture_refusal>(reader.look(file, request, {}));
  BOOST_TEST((many.code == ec::picture_too_large));
  BOOST_TEST(many.limit->name == "document_pages_limit");
  BOOST_TEST(many.detail.find("3 pages that are to be read; at most 2") != std::string::npos, many.detail);
  request.pages = page_selection{{{2, 5}}};
  const auto missing = std::get<picture_refusal>(reader.look(file, request, {}));
  BOOST_TEST((missing.code == ec::invalid_picture));
  BOOST_TEST(missing.detail.find("page 5 is asked for, and the PDF has 3 pages") != std::string::npos, missing.detail);
  request.pages = page_selection{{{2, 3}}};
  BOOST_TEST(std::holds_alternative<document_facts>(reader.look(file, request, {})));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(hostile_documents_cost_themselves) {
  auto settings = settings_of();
  settings->decoding_time = 2s;
  caged_reader reader{settings};
  // A form that draws itself, a content that never ends, a picture larger than any memory, a pattern of a billion
  // tiles.
  pdf_writer loop;
  loop.add("<</Type/Catalog/Pages 2 0 R>>");
  loop.add("<</Type/Pages/Kids[3 0 R]/Count 1>>");
  loop.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>");
  loop.add_stream("", "/I Do");
  loop.add_stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 5 0 R>>>>", "/I Do /I Do");
  std::string endless;
  for (int i = 0; i < 200'000; ++i)
    endless += "0 0 595 842 re f ";
  auto huge = page_of_jpeg("x", 60'000, 60'000);
  huge.jpeg_entries = "/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8";
  for (const auto& file : {loop.finish("/Root 1 0 R"), test_pdf({{endless}}), test_pdf({huge})}) {
    const auto made = reader.draw({page_of(held(file), 0)}, limits, {});
    if (const auto* none = std::get_if<no_montage>(&made))
      BOOST_TEST(!none->detail.empty());
    // The next one is drawn.
    BOOST_TEST(drawn_size(reader, test_pdf({page_of_lines({"One line."})})) > 0U);
  }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
