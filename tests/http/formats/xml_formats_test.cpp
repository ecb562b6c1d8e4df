#include "http/formats/alto.hpp"
#include "http/formats/escape.hpp"
#include "http/formats/hocr.hpp"
#include "http/formats/page.hpp"
#include "http/formats/page_xml.hpp"
#include "sample_job.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// "Up" from the bottom to the top of a picture of 100 × 200 pixels.
recognition turned_word() {
  layout_writer writer;
  writer.add({"U", {}, 0.5F, text_break::none}, bounding_quad{{{{10, 90}, {10, 70}, {30, 70}, {30, 90}}}});
  writer.add({"p", {}, 0.5F, text_break::none}, bounding_quad{{{{10, 70}, {10, 50}, {30, 50}, {30, 70}}}});
  auto r = writer.take();
  r.width = 100;
  r.height = 200;
  return r;
}

recognition one_word(std::string text) {
  recognition r;
  r.symbols = {letter(std::move(text), 10, 10)};
  return r;
}

} // namespace

BOOST_AUTO_TEST_SUITE(xml_formats)

BOOST_AUTO_TEST_CASE(what_xml_cannot_hold_is_replaced) {
  BOOST_TEST(xml_escaped("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  BOOST_TEST(xml_escaped("\t\n\r") == "&#9;&#10;&#13;");
  BOOST_TEST(xml_escaped(std::string_view{"\0\x01\x1f", 3}) == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  BOOST_TEST(xml_escaped("\xef\xbf\xbe|\xef\xbf\xbf") == "\xef\xbf\xbd|\xef\xbf\xbd");
  BOOST_TEST(xml_escaped("\xff\xc3") == "\xef\xbf\xbd\xef\xbf\xbd");
  BOOST_TEST(xml_escaped("\x7f\xf0\x9f\x98\x80") == "\x7f\xf0\x9f\x98\x80");
}

BOOST_AUTO_TEST_CASE(other_fields_are_on_one_line) {
  BOOST_TEST(tsv_escaped("a\tb\nc\x7f") == "a b c ");
  BOOST_TEST(on_one_line("  a \n\t b\x01") == "a b");
}

BOOST_AUTO_TEST_CASE(hocr_has_tesseract_s_tree) {
  const auto hocr = rendered(*make_hocr_renderer(extract_of({read_picture("a\".png", two_lines())}), false), 1);
  BOOST_TEST(hocr.substr(hocr.find("  <div")) ==
             "  <div class='ocr_page' id='page_1' title='image &quot;a\\&quot;.png&quot;; bbox 0 0 200 100; "
             "ppageno 0'>\n"
             "   <div class='ocr_carea' id='block_1_1' title='bbox 10 10 50 60'>\n"
             "    <p class='ocr_par' id='par_1_1' title='bbox 10 10 50 60'>\n"
             "     <span class='ocr_line' id='line_1_1' title='bbox 10 10 50 30; baseline 0 0; x_size 20'>"
             "<span class='ocrx_word' id='word_1_1' title='bbox 10 10 30 30; x_wconf 75'>Hi</span> "
             "<span class='ocrx_word' id='word_1_2' title='bbox 40 10 50 30; x_wconf 75'>a-</span></span>\n"
             "     <span class='ocr_line' id='line_1_2' title='bbox 10 40 20 60; baseline 0 0; x_size 20'>"
             "<span class='ocrx_word' id='word_1_3' title='bbox 10 40 20 60; x_wconf 75'>b</span></span>\n"
             "    </p>\n"
             "   </div>\n"
             "  </div>\n"
             " </body>\n"
             "</html>\n");
}

BOOST_AUTO_TEST_CASE(hocr_tells_symbols_turns_directions_and_failures) {
  const auto symbols = rendered(*make_hocr_renderer(extract_of({read_picture("a", one_word("<"))}), true), 1);
  BOOST_TEST(holds(symbols, "<span class='ocrx_cinfo' title='x_bboxes 10 10 20 30; x_confs 75'>&lt;</span>"));
  const auto turned = rendered(*make_hocr_renderer(extract_of({read_picture("a", turned_word())}), false), 1);
  BOOST_TEST(holds(turned, "title='bbox 10 50 30 90; textangle 90; x_size 20'"));
  const auto hebrew = rendered(*make_hocr_renderer(extract_of({read_picture("a", one_word("\xd7\x90"))}), false), 1);
  BOOST_TEST(holds(hebrew, "<p class='ocr_par' id='par_1_1' dir='rtl' title="));
  BOOST_TEST(holds(hebrew, "<span class='ocrx_word' id='word_1_1' dir='rtl' title="));
  const auto failed = rendered(*make_hocr_renderer(extract_of({failed_picture("a", "no <picture>")}), false), 1);
  BOOST_TEST(holds(failed, "title='image &quot;a&quot;; bbox 0 0 0 0; ppageno 0'>\n"
                           "   <p class='glyphgate_error'>no &lt;picture&gt;</p>\n"));
}

BOOST_AUTO_TEST_CASE(alto_has_blocks_lines_strings_spaces_and_hyphens) {
  const auto alto = rendered(*make_alto_renderer(extract_of({read_picture("a&b", two_lines())}), false), 1);
  BOOST_TEST(holds(alto, "<sourceImageInformation><fileName>a&amp;b</fileName></sourceImageInformation>"));
  BOOST_TEST(
      alto.substr(alto.find("  <Page")) ==
      "  <Page ID=\"page_1\" PHYSICAL_IMG_NR=\"1\" PROCESSINGREFS=\"image_1\" WIDTH=\"200\" HEIGHT=\"100\">\n"
      "   <PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"200\" HEIGHT=\"100\">\n"
      "    <ComposedBlock ID=\"block_1_1\" HPOS=\"10\" VPOS=\"10\" WIDTH=\"40\" HEIGHT=\"50\">\n"
      "     <TextBlock ID=\"par_1_1\" HPOS=\"10\" VPOS=\"10\" WIDTH=\"40\" HEIGHT=\"50\">\n"
      "      <TextLine ID=\"line_1_1\" HPOS=\"10\" VPOS=\"10\" WIDTH=\"40\" HEIGHT=\"20\">\n"
      "       <String ID=\"word_1_1\" CONTENT=\"Hi\" HPOS=\"10\" VPOS=\"10\" WIDTH=\"20\" HEIGHT=\"20\" WC=\"0.75\"/>\n"
      "       <SP/>\n"
      "       <String ID=\"word_1_2\" CONTENT=\"a\" HPOS=\"40\" VPOS=\"10\" WIDTH=\"10\" HEIGHT=\"20\" WC=\"0.75\"/>\n"
      "       <HYP CONTENT=\"-\"/>\n"
      "      </TextLine>\n"
      "      <TextLine ID=\"line_1_2\" HPOS=\"10\" VPOS=\"40\" WIDTH=\"10\" HEIGHT=\"20\">\n"
      "       <String ID=\"word_1_3\" CONTENT=\"b\" HPOS=\"10\" VPOS=\"40\" WIDTH=\"10\" HEIGHT=\"20\" WC=\"0.75\"/>\n"
      "      </TextLine>\n"
      "     </TextBlock>\n"
      "    </ComposedBlock>\n"
      "   </PrintSpace>\n"
      "  </Page>\n"
      " </Layout>\n"
      "</alto>\n");
}

BOOST_AUTO_TEST_CASE(alto_tells_glyphs_polygons_and_failures) {
  const auto alto = rendered(
      *make_alto_renderer(extract_of({read_picture("a", turned_word()), failed_picture("b", "no picture")}), true), 2);
  BOOST_TEST(holds(alto, "<Glyph CONTENT=\"U\" HPOS=\"10\" VPOS=\"70\" WIDTH=\"20\" HEIGHT=\"20\" GC=\"0.5\">"
                         "<Shape><Polygon POINTS=\"10,90 10,70 30,70 30,90\"/></Shape></Glyph>"));
  BOOST_TEST(holds(alto, "<Processing ID=\"image_2\"><processingStepDescription>b</processingStepDescription>"
                         "<processingStepDescription>not read: no picture</processingStepDescription>"));
}

BOOST_AUTO_TEST_CASE(page_xml_has_regions_in_order) {
  const auto xml = rendered(*make_page_xml_renderer(extract_of({read_picture("a\"b", two_lines())}), false), 1);
  BOOST_TEST(xml.substr(xml.find("  <ReadingOrder")) ==
             "  <ReadingOrder><OrderedGroup id=\"order\">\n"
             "   <OrderedGroupIndexed id=\"block_1\" index=\"0\">"
             "<RegionRefIndexed index=\"0\" regionRef=\"region_1\"/></OrderedGroupIndexed>\n"
             "  </OrderedGroup></ReadingOrder>\n"
             "  <TextRegion id=\"region_1\" type=\"paragraph\"><Coords points=\"10,10 50,10 50,60 10,60\"/>\n"
             "   <TextLine id=\"line_1\"><Coords points=\"10,10 50,10 50,30 10,30\"/>"
             "<Baseline points=\"10,30 50,30\"/>\n"
             "    <Word id=\"word_1\"><Coords points=\"10,10 30,10 30,30 10,30\"/>"
             "<TextEquiv conf=\"0.75\"><Unicode>Hi</Unicode></TextEquiv></Word>\n"
             "    <Word id=\"word_2\"><Coords points=\"40,10 50,10 50,30 40,30\"/>"
             "<TextEquiv conf=\"0.75\"><Unicode>a-</Unicode></TextEquiv></Word>\n"
             "    <TextEquiv conf=\"0.75\"><Unicode>Hi a-</Unicode></TextEquiv>\n"
             "   </TextLine>\n"
             "   <TextLine id=\"line_2\"><Coords points=\"10,40 20,40 20,60 10,60\"/>"
             "<Baseline points=\"10,60 20,60\"/>\n"
             "    <Word id=\"word_3\"><Coords points=\"10,40 20,40 20,60 10,60\"/>"
             "<TextEquiv conf=\"0.75\"><Unicode>b</Unicode></TextEquiv></Word>\n"
             "    <TextEquiv conf=\"0.75\"><Unicode>b</Unicode></TextEquiv>\n"
             "   </TextLine>\n"
             "   <TextEquiv conf=\"0.75\"><Unicode>Hi a-&#10;b</Unicode></TextEquiv>\n"
             "  </TextRegion>\n"
             " </Page>\n"
             "</PcGts>\n");
  BOOST_TEST(holds(xml, "<Page imageFilename=\"a&quot;b\" imageWidth=\"200\" imageHeight=\"100\">"));
}

BOOST_AUTO_TEST_CASE(boxes_stay_within_the_picture) {
  auto r = two_lines();
  r.symbols[0].box.x = -5;
  r.symbols[3].box.y = 95;
  const auto xml = rendered(*make_page_xml_renderer(extract_of({read_picture("a", r)}), false), 1);
  BOOST_TEST(!holds(xml, "-5"));
  BOOST_TEST(holds(xml, "<Coords points=\"10,95 20,95 20,100 10,100\"/>"));
}

BOOST_AUTO_TEST_CASE(a_page_is_as_large_as_is_known) {
  auto r = two_lines();
  r.width = r.height = 0;
  auto picture = read_picture("a", r);
  BOOST_TEST(page_of(picture, 0).width == 50U);
  BOOST_TEST(page_of(picture, 0).height == 60U);
  picture.width = 300;
  picture.height = 400;
  BOOST_TEST(page_of(picture, 0).width == 300U);
  BOOST_TEST(page_of(picture, 0).height == 400U);
}

BOOST_AUTO_TEST_CASE(directions_and_languages_are_told_by_letters) {
  BOOST_TEST(runs_right_to_left("12 \xd8\xb3\xd9\x84"));
  BOOST_TEST(!runs_right_to_left("a\xd8\xb3"));
  BOOST_TEST(!runs_right_to_left("123"));
  BOOST_TEST(language_tag("zh-Hans") == "zh-Hans");
  for (const auto* none : {"chi_sim", "", "-", "en-", "1a", "abcdefghi"})
    BOOST_TEST(language_tag(none).empty(), none);
}

BOOST_AUTO_TEST_SUITE_END()
