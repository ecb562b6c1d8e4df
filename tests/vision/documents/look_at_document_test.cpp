#include "../pictures.hpp"
#include "support/test_pdf.hpp"
#include "vision/decode/decode.hpp"
#include "vision/documents/look_at_document.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

const std::vector<std::string> some_lines{"The last train leaves at midnight,", "and the first one at four."};

document_facts look(const std::string& file, const document_request& request = {}) {
  auto found = look_at_document(file, request);
  BOOST_TEST_REQUIRE(std::holds_alternative<document_facts>(found));
  return std::get<document_facts>(std::move(found));
}

std::string refusal(const std::string& file) {
  const auto found = look_at_document(file, {});
  BOOST_TEST_REQUIRE(std::holds_alternative<picture_refusal>(found));
  BOOST_TEST((std::get<picture_refusal>(found).code == ec::invalid_picture));
  return std::get<picture_refusal>(found).detail;
}

raster drawn(const std::string& file, const document_page& page) {
  const picture_info info{picture_format::pdf, page.width, page.height, 1, page.number - 1};
  auto got = decode(file, info);
  BOOST_TEST_REQUIRE(std::holds_alternative<decoded_picture>(got));
  return std::get<decoded_picture>(std::move(got)).pixels;
}

std::uint8_t level(const raster& r, std::uint32_t x, std::uint32_t y, std::uint32_t channel = 0) {
  return r.pixels[y * r.row_bytes() + x * r.channels + channel];
}

document_request with(page_selection pages) {
  document_request request;
  request.pages = std::move(pages);
  return request;
}

std::string black_jpeg(std::uint32_t width, std::uint32_t height) {
  return test::jpeg_of(make_raster(width, height, 3));
}

} // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(pages_have_the_size_of_their_density) {
  const auto file = test_pdf({{"", "/MediaBox[0 0 595 842]"},
                              {"", "/MediaBox[0 0 612 792]/Rotate 90"},
                              {"", "/MediaBox[0 0 612 792]/CropBox[72 72 144 288]/Rotate 270"}});
  const auto facts = look(file);
  BOOST_TEST(facts.pages == 3U);
  BOOST_REQUIRE(facts.chosen.size() == 3U);
  const auto is = [&](std::size_t i, std::uint32_t width, std::uint32_t height) {
    BOOST_TEST(facts.chosen[i].number == i + 1);
    BOOST_TEST(facts.chosen[i].width == width);
    BOOST_TEST(facts.chosen[i].height == height);
  };
  is(0, 1653, 2339);
  is(1, 2200, 1700);
  is(2, 600, 200);
  document_request fine;
  fine.dpi = 72;
  BOOST_TEST(look(file, fine).chosen[0].width == 595U);
}

BOOST_AUTO_TEST_CASE(only_pages_that_are_meant_are_looked_at) {
  const auto file = test_pdf(std::vector<pdf_page>(5, page_of_lines(some_lines)));
  const auto facts = look(file, with(page_selection{{{4, 5}, {2, 2}}}));
  BOOST_TEST(facts.pages == 5U);
  BOOST_REQUIRE(facts.chosen.size() == 3U);
  BOOST_TEST(facts.chosen[0].number == 2U);
  BOOST_TEST(facts.chosen[2].number == 5U);
  BOOST_TEST(look(file, with(page_selection{{{6, 6}}})).chosen.empty());
  document_request few;
  few.most_pages = 4;
  BOOST_TEST(look(file, few).chosen.empty());
  BOOST_TEST(look(file, few).pages == 5U);
}

BOOST_AUTO_TEST_CASE(a_page_is_drawn_upright_and_grey_where_it_has_no_colour) {
  // A mark in the upper left corner, as the page is stored.
  const std::string mark = "0 g 0 50 50 50 re f";
  const auto file = test_pdf({{mark, "/MediaBox[0 0 100 100]"},
                              {mark, "/MediaBox[0 0 100 100]/Rotate 90"},
                              {"1 0 0 rg 0 50 50 50 re f", "/MediaBox[0 0 100 100]"}});
  document_request request;
  request.dpi = 72;
  const auto facts = look(file, request);
  const auto stored = drawn(file, facts.chosen[0]);
  BOOST_TEST(stored.channels == 1U);
  BOOST_TEST(level(stored, 10, 10) == 0);
  BOOST_TEST(level(stored, 90, 10) == 255);
  BOOST_TEST(level(stored, 10, 90) == 255);
  const auto turned = drawn(file, facts.chosen[1]);
  BOOST_TEST(level(turned, 90, 10) == 0);
  BOOST_TEST(level(turned, 10, 10) == 255);
  const auto red = drawn(file, facts.chosen[2]);
  BOOST_TEST(red.channels == 3U);
  BOOST_TEST(level(red, 10, 10, 0) == 255);
  BOOST_TEST(level(red, 10, 10, 1) == 0);
}

BOOST_AUTO_TEST_CASE(text_that_a_page_holds_is_read_where_it_is_asked_for) {
  const auto file = test_pdf({page_of_lines(some_lines), page_of_lines({"Page 2"})});
  BOOST_TEST(!look(file).chosen[0].text);
  document_request request;
  request.text = true;
  const auto facts = look(file, request);
  BOOST_REQUIRE(facts.chosen[0].text);
  const auto& read = *facts.chosen[0].text;
  BOOST_TEST(text_of(read) == some_lines[0] + '\n' + some_lines[1]);
  BOOST_TEST(read.layout.lines.size() == 2U);
  // 72 points from the left, and 72 from the top to the foot of the first line.
  BOOST_TEST(read.symbols[0].box.x >= 199);
  BOOST_TEST(read.symbols[0].box.x <= 203);
  BOOST_TEST(read.symbols[0].box.y + read.symbols[0].box.height >= 199);
  BOOST_TEST(read.symbols[0].box.y + read.symbols[0].box.height <= 212);
  // Too little to be sure that it is all that the page shows.
  BOOST_TEST(!facts.chosen[1].text);
}

BOOST_AUTO_TEST_CASE(text_of_a_turned_page_lies_where_it_is_drawn) {
  auto page = page_of_lines(some_lines);
  page.entries += "/Rotate 90";
  document_request request;
  request.text = true;
  const auto facts = look(test_pdf({page}), request);
  BOOST_REQUIRE(facts.chosen[0].text);
  const auto& first = facts.chosen[0].text->symbols[0];
  // At the right edge, reading down.
  BOOST_TEST(first.box.x > 2339 - 215);
  BOOST_TEST(first.box.y >= 199);
  BOOST_TEST(first.box.y <= 203);
  BOOST_TEST(text_of(*facts.chosen[0].text) == some_lines[0] + '\n' + some_lines[1]);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_one_jpeg_is_found_where_it_lies) {
  const auto jpeg = black_jpeg(120, 80);
  const auto file = test_pdf({page_of_jpeg(jpeg, 120, 80), page_of_jpeg(jpeg, 120, 80, "/Rotate 90"),
                              page_of_jpeg(jpeg, 120, 80, "/Rotate 180"), page_of_jpeg(jpeg, 120, 80, "/Rotate -90")});
  const auto facts = look(file);
  BOOST_REQUIRE(facts.chosen.size() == 4U);
  std::uint64_t end = 0;
  for (const auto& page : facts.chosen) {
    BOOST_REQUIRE(page.scan);
    BOOST_TEST(file.substr(page.scan->offset, page.scan->size).starts_with(jpeg));
    // Each has its own.
    BOOST_TEST(page.scan->offset >= end);
    end = page.scan->offset + page.scan->size;
  }
  BOOST_TEST(int{facts.chosen[0].scan->orientation} == 1);
  BOOST_TEST(int{facts.chosen[1].scan->orientation} == 6);
  BOOST_TEST(int{facts.chosen[2].scan->orientation} == 3);
  BOOST_TEST(int{facts.chosen[3].scan->orientation} == 8);
}

BOOST_AUTO_TEST_CASE(a_page_that_shows_more_or_less_than_a_jpeg_is_drawn) {
  const auto jpeg = black_jpeg(120, 80);
  const auto plain = page_of_jpeg(jpeg, 120, 80);
  const auto is_scan = [](const pdf_page& page) { return look(test_pdf({page})).chosen.at(0).scan.has_value(); };
  BOOST_TEST(is_scan(plain));
  const auto with_content = [&](const std::string& content) {
    auto page = plain;
    page.content = content;
    return is_scan(page);
  };
  BOOST_TEST(with_content("120 0 0 80 0 0 cm /I Do"));
  BOOST_TEST(with_content("q 2 0 0 2 0 0 cm 60 0 0 40 0 0 cm /I Do Q"));
  BOOST_TEST(!with_content("q 60 0 0 40 0 0 cm /I Do Q"));
  BOOST_TEST(!with_content("q 120 0 0 -80 0 80 cm /I Do Q"));
  BOOST_TEST(!with_content("q 0 120 80 0 0 0 cm /I Do Q"));
  BOOST_TEST(!with_content("q 120 0 0 80 0 0 cm /I Do Q q 120 0 0 80 0 0 cm /I Do Q"));
  BOOST_TEST(!with_content("q 120 0 0 80 0 0 cm /I Do Q BT /F 9 Tf (1) Tj ET"));
  BOOST_TEST(!with_content("q 0 0 60 80 re W n 120 0 0 80 0 0 cm /I Do Q"));
  BOOST_TEST(!with_content("q 120 0 0 80 0 0 cm /None Do Q"));
  BOOST_TEST(!with_content(""));
  const auto with_picture = [&](const std::string& more) {
    auto page = plain;
    page.jpeg_entries += more;
    return is_scan(page);
  };
  BOOST_TEST(!with_picture("/Decode[1 0 1 0 1 0]"));
  BOOST_TEST(!with_picture("/Mask[0 0 0 0 0 0]"));
  BOOST_TEST(!with_picture("/ColorSpace/DeviceCMYK"));
  const auto with_page = [&](const std::string& more) {
    auto page = plain;
    page.entries += more;
    return is_scan(page);
  };
  BOOST_TEST(!with_page("/CropBox[0 0 60 80]"));
  BOOST_TEST(!with_page("/Rotate 45"));
  BOOST_TEST(!with_page("/Annots[<</Type/Annot/Subtype/Square/Rect[0 0 9 9]>>]"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_with_a_reason) {
  BOOST_TEST(refusal(locked_pdf()) == "the PDF is encrypted and needs a password; send it without encryption");
  const auto whole = test_pdf({page_of_lines(some_lines)});
  BOOST_TEST(refusal("%PDF-1.7 and so on").find("damaged") != std::string::npos);
  BOOST_TEST(refusal(whole.substr(0, 60)).find("damaged") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_document_that_says_that_it_has_endless_pages_has_none_to_read) {
  pdf_writer to;
  to.add("<</Type/Catalog/Pages 2 0 R>>");
  to.add("<</Type/Pages/Kids[3 0 R]/Count 2000000000>>");
  to.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>");
  const auto file = to.finish("/Root 1 0 R");
  const auto found = look_at_document(file, {});
  if (const auto* facts = std::get_if<document_facts>(&found))
    BOOST_TEST(facts->chosen.size() <= 1U);
}

BOOST_AUTO_TEST_CASE(pages_of_any_size_have_one) {
  for (const char* box : {"[0 0 1e30 1e30]", "[0 0 0 0]", "[9 9 1 1]", "[0 0 200000000 14400]", "[a b c d]", "7"}) {
    const auto facts = look(test_pdf({{"", std::string{"/MediaBox"} + box}}));
    BOOST_REQUIRE_MESSAGE(facts.chosen.size() == 1U, box);
    BOOST_TEST(facts.chosen[0].width >= 1U, box);
    BOOST_TEST(facts.chosen[0].width <= largest_page_side, box);
    BOOST_TEST(facts.chosen[0].height >= 1U, box);
    BOOST_TEST(facts.chosen[0].height <= largest_page_side, box);
  }
}

BOOST_AUTO_TEST_SUITE_END()
