#include "../looking_engine.hpp"
#include "../samples.hpp"
#include "http/uploads/job_request.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;

namespace {

/// Tells of each file what it is given, and notes what it was asked.
struct scripted_documents {
  std::map<std::string, vision::looked_at_document, std::less<>> files;
  std::vector<vision::document_request> asked;
};

struct document_fixture {
  scripted_documents script;
  std::shared_ptr<test::looking_engine> engine = std::make_shared<test::looking_engine>(
      [this](const held_bytes& looked_at, const vision::document_request& request) {
        script.asked.push_back(request);
        return script.files.find(looked_at.view)->second;
      });
  document_desk desk{engine};
  config settings;
  upload from;

  void add(std::string id, std::string_view bytes) {
    const auto body = test::body_of(bytes);
    from.pictures.push_back({std::move(id), {body->view(), body}, {}, {}, {}});
  }

  job_or_problem job() { return job_from(from, settings, *engine, images_needed::one, &desk); }

  std::shared_ptr<const job_spec> accepted() {
    auto got = job();
    BOOST_TEST_REQUIRE(std::holds_alternative<std::shared_ptr<const job_spec>>(got));
    return std::get<std::shared_ptr<const job_spec>>(std::move(got));
  }

  problem refused() {
    auto got = job();
    BOOST_TEST_REQUIRE(std::holds_alternative<problem>(got));
    return std::get<problem>(std::move(got));
  }
};

vision::document_page page(std::uint32_t number, std::uint32_t width = 100, std::uint32_t height = 200) {
  vision::document_page p;
  p.number = number;
  p.width = width;
  p.height = height;
  return p;
}

std::shared_ptr<const recognition> some_text() {
  auto read = std::make_shared<recognition>();
  read->symbols.push_back({"a", {0, 0, 1, 1}, 1, text_break::line});
  read->engine = "pdf";
  return read;
}

/// A JPEG as far as its header is concerned: baseline, grey.
std::string jpeg_header(char width, char height) {
  using namespace std::string_literals;
  return "\xFF\xD8\xFF\xC0\0\x0B\x08\0"s + height + '\0' + width + "\1\1\x11\0"s + "\xFF\xDA\0\x08\1\1\0\0\x3F\0"s;
}

const std::string file = "%PDF-1.4 of three pages";

} // namespace

BOOST_FIXTURE_TEST_SUITE(uploaded_documents, document_fixture)

BOOST_AUTO_TEST_CASE(each_page_is_a_picture_that_is_drawn) {
  script.files.emplace(file, vision::document_facts{3, {page(1), page(2, 300, 50), page(3)}});
  add("report.pdf", file);
  add("picture", test::png_header(7, 9));
  const auto spec = accepted();
  BOOST_REQUIRE(spec->pictures.size() == 4U);
  BOOST_TEST(spec->pictures[0].id == "report.pdf#1");
  BOOST_TEST(spec->pictures[1].id == "report.pdf#2");
  BOOST_TEST(spec->pictures[3].id == "picture");
  const auto& second = spec->pictures[1];
  BOOST_TEST((second.info.format == picture_format::pdf));
  BOOST_TEST(second.info.page == 1U);
  BOOST_TEST(second.info.width == 300U);
  BOOST_TEST(second.info.height == 50U);
  BOOST_TEST(second.info.joins.kin == 0U);
  // They share the file, which counts once.
  BOOST_TEST(spec->pictures[0].bytes == second.bytes);
  BOOST_TEST(second.bytes->hold().view == file);
  BOOST_TEST((spec->pictures[0].content != spec->pictures[2].content));
  BOOST_TEST((spec->pictures[0].content != sha256(file)));
}

BOOST_AUTO_TEST_CASE(a_document_of_one_page_is_just_a_picture) {
  script.files.emplace(file, vision::document_facts{1, {page(1)}});
  add("letter.pdf", file);
  BOOST_TEST(accepted()->pictures.at(0).id == "letter.pdf");
}

BOOST_AUTO_TEST_CASE(one_page_of_several_keeps_its_number) {
  script.files.emplace(file, vision::document_facts{3, {page(3)}});
  from.of_pages.pages = "3";
  add("report.pdf", file);
  BOOST_TEST(accepted()->pictures.at(0).id == "report.pdf#3");
  BOOST_TEST((script.asked.at(0).pages == vision::page_selection{{{3, 3}}}));
}

BOOST_AUTO_TEST_CASE(a_page_is_known_by_file_number_and_size) {
  const auto content_of = [&](const vision::document_page& of) {
    script.files.insert_or_assign(file, vision::document_facts{3, {of}});
    from.pictures.clear();
    add("a", file);
    return accepted()->pictures.at(0).content;
  };
  const auto first = content_of(page(1));
  BOOST_TEST((content_of(page(1)) == first));
  BOOST_TEST((content_of(page(2)) != first));
  BOOST_TEST((content_of(page(1, 101)) != first));
  BOOST_TEST((content_of(page(1, 100, 201)) != first));
  auto with_text = page(1);
  with_text.text = some_text();
  BOOST_TEST((content_of(with_text) != first));
}

BOOST_AUTO_TEST_CASE(a_scan_that_its_document_turns_is_known_by_its_turn) {
  const auto jpeg = jpeg_header(60, 40);
  const auto whole = file + jpeg;
  vision::document_facts facts{4, {}};
  for (const auto orientation : std::array<std::uint8_t, 4>{1, 3, 6, 8}) {
    facts.chosen.push_back(page(static_cast<std::uint32_t>(facts.chosen.size() + 1)));
    facts.chosen.back().scan = vision::page_scan{file.size(), jpeg.size(), orientation};
  }
  script.files.emplace(whole, facts);
  add("scan.pdf", whole);
  const auto spec = accepted();
  std::set<digest> contents;
  for (const auto& p : spec->pictures)
    contents.insert(p.content);
  BOOST_TEST(contents.size() == 4U);
  // Which document says so counts for nothing.
  script.files.emplace(whole + "more", facts);
  from.pictures.clear();
  add("again.pdf", whole + "more");
  const auto again = accepted();
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_TEST((again->pictures.at(i).content == spec->pictures.at(i).content));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_one_jpeg_is_that_jpeg) {
  const auto jpeg = jpeg_header(60, 40);
  const auto whole = file + jpeg + "more";
  auto upright = page(1), turned = page(2), elsewhere = page(3);
  upright.scan = vision::page_scan{file.size(), jpeg.size(), 1};
  turned.scan = vision::page_scan{file.size(), jpeg.size(), 6};
  // No JPEG begins there: the page is drawn.
  elsewhere.scan = vision::page_scan{0, jpeg.size(), 1};
  script.files.emplace(whole, vision::document_facts{3, {upright, turned, elsewhere}});
  add("scan.pdf", whole);
  const auto spec = accepted();
  const auto& first = spec->pictures.at(0);
  BOOST_TEST((first.info.format == picture_format::jpeg));
  BOOST_TEST(first.info.width == 60U);
  BOOST_TEST(first.info.height == 40U);
  BOOST_TEST(first.bytes->hold().view == jpeg);
  // As if it had been posted by itself.
  BOOST_TEST((first.content == sha256(jpeg)));
  BOOST_TEST(spec->pictures.at(1).info.width == 40U);
  BOOST_TEST(spec->pictures.at(1).info.height == 60U);
  BOOST_TEST(int{spec->pictures.at(1).info.orientation} == 6);
  BOOST_TEST(spec->pictures.at(1).bytes->hold().view == jpeg);
  BOOST_TEST((spec->pictures.at(2).info.format == picture_format::pdf));
}

BOOST_AUTO_TEST_CASE(a_page_with_text_brings_it) {
  auto with_text = page(1);
  with_text.text = some_text();
  with_text.scan = vision::page_scan{0, 5, 1};
  script.files.emplace(file, vision::document_facts{2, {with_text, page(2)}});
  from.of_pages.pdf_text = "prefer";
  add("a", file);
  const auto spec = accepted();
  BOOST_TEST(spec->pictures.at(0).text == with_text.text);
  BOOST_TEST(!spec->pictures.at(1).text);
  BOOST_TEST(script.asked.at(0).text);
  recognitions known(2);
  add_own_texts(*spec, known);
  BOOST_TEST((pictures_to_send(*spec, known) == picture_indices{1}));
}

BOOST_AUTO_TEST_CASE(what_a_client_says_of_pages_reaches_the_reader) {
  script.files.emplace(file, vision::document_facts{9, {page(2)}});
  settings.documents.pages = 77;
  from.of_pages = {"2-4", "300", "ignore"};
  add("a", file);
  add("b", file);
  from.pictures[1].of_pages = {"9", std::nullopt, "prefer"};
  accepted();
  BOOST_REQUIRE(script.asked.size() == 2U);
  BOOST_TEST((script.asked[0].pages == vision::page_selection{{{2, 4}}}));
  BOOST_TEST(script.asked[0].dpi == 300U);
  BOOST_TEST(!script.asked[0].text);
  BOOST_TEST(script.asked[0].most_pages == 77U);
  BOOST_TEST((script.asked[1].pages == vision::page_selection{{{9, 9}}}));
  BOOST_TEST(script.asked[1].dpi == 300U);
  BOOST_TEST(script.asked[1].text);
  from.pictures.clear();
  from.of_pages = {};
  add("a", file);
  accepted();
  BOOST_TEST(script.asked.at(2).pages.is_all());
  BOOST_TEST(script.asked.at(2).dpi == 200U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_said_of_pages_is_refused_with_its_field) {
  script.files.emplace(file, vision::document_facts{1, {page(1)}});
  add("a", file);
  from.of_pages = {"1,1", "71", "perhaps"};
  const auto p = refused();
  BOOST_TEST(p.status == 422U);
  BOOST_REQUIRE(p.errors.size() == 3U);
  BOOST_TEST(p.errors[0].field == "pages");
  BOOST_TEST(p.errors[0].detail.find("page 1 is named twice") != std::string::npos);
  BOOST_TEST(p.errors[1].field == "dpi");
  BOOST_TEST(p.errors[1].detail.find("from 72 to 600") != std::string::npos);
  BOOST_TEST(p.errors[2].field == "pdf_text");
  for (const char* dpi : {"", "0", "601", "200.5", "-200", "2e2", " 200"}) {
    from.of_pages = {std::nullopt, dpi, std::nullopt};
    BOOST_TEST(refused().errors.at(0).field == "dpi", dpi);
  }
  from.of_pages = {};
  from.pictures[0].of_pages.pages = "0";
  const auto of_image = refused();
  BOOST_TEST(of_image.errors.at(0).field == "images[].pages");
  BOOST_TEST(std::get<std::string>(of_image.errors.at(0).image) == "a");
}

BOOST_AUTO_TEST_CASE(pages_of_other_files_are_chosen_too) {
  add("picture", test::png_header(7, 9));
  from.of_pages.pages = "1";
  BOOST_TEST(accepted()->pictures.at(0).id == "picture");
  from.of_pages.pages = "2";
  const auto p = refused();
  BOOST_TEST(p.errors.at(0).detail.find("page 2 is asked for, and the file has 1 page") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_large_is_refused_by_itself) {
  script.files.emplace(file, vision::document_facts{3, {page(1), page(2, 40'000, 40'000), page(3, 9, 60'000)}});
  add("a", file);
  const auto p = refused();
  BOOST_TEST(p.status == 413U);
  BOOST_REQUIRE(p.errors.size() == 2U);
  BOOST_TEST(std::get<std::string>(p.errors[0].image) == "a#2");
  BOOST_TEST(p.errors[0].detail.starts_with("page 2 at 200 dpi: "), p.errors[0].detail);
  BOOST_TEST(p.errors[0].detail.ends_with("; give a lower `dpi`"), p.errors[0].detail);
  BOOST_TEST(p.limit.value().name == "pixel_limit");
  from.on_error = "skip";
  BOOST_TEST(accepted()->pictures.at(1).refused == p.errors[0].detail);
}

BOOST_AUTO_TEST_CASE(a_document_that_cannot_be_read_is_one_image_at_fault) {
  script.files.emplace(file, vision::picture_refusal{ec::invalid_picture, "the PDF is encrypted", {}});
  add("a", file);
  add("b", test::png_header(7, 9));
  const auto p = refused();
  BOOST_TEST(p.status == 422U);
  BOOST_TEST(p.errors.at(0).detail == "the PDF is encrypted");
  from.on_error = "skip";
  BOOST_TEST(accepted()->pictures.at(0).refused == "the PDF is encrypted");
}

BOOST_AUTO_TEST_CASE(a_damaged_page_is_one_image_at_fault) {
  auto damaged = page(2);
  damaged.error = "page 2 of the PDF cannot be read: it is damaged";
  script.files.emplace(file, vision::document_facts{2, {page(1), damaged}});
  add("a", file);
  const auto p = refused();
  BOOST_TEST(std::get<std::string>(p.errors.at(0).image) == "a#2");
  BOOST_TEST(p.errors.at(0).detail == damaged.error);
}

BOOST_AUTO_TEST_CASE(the_size_of_a_document_has_its_own_limit) {
  settings.documents.file_size_mb = 1;
  const auto large = file + std::string(1 << 20, ' ');
  add("a", large);
  const auto p = refused();
  BOOST_TEST(p.status == 413U);
  BOOST_TEST(p.limit.value().name == "document_size_limit_mb");
  // It is not even looked at.
  BOOST_TEST(script.asked.empty());
}

BOOST_AUTO_TEST_CASE(a_picture_that_mentions_pdf_is_a_picture) {
  add("a", test::png_header(7, 9) + "%PDF-1.4");
  BOOST_TEST((accepted()->pictures.at(0).info.format == picture_format::png));
}

BOOST_AUTO_TEST_SUITE_END()
