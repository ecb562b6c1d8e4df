#include "../looking_engine.hpp"
#include "../samples.hpp"
#include "http/uploads/annotate_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

annotate_item item_of(const std::string& file, std::vector<std::string> hints = {}) {
  const auto kept = std::make_shared<const std::string>(file);
  annotate_item item;
  item.bytes = {*kept, kept};
  item.content = sha256(file);
  item.read = true;
  item.language_hints = std::move(hints);
  return item;
}

annotate_item pages_of(const std::string& file, std::vector<std::int32_t> pages) {
  auto item = item_of(file);
  item.pages = std::move(pages);
  return item;
}

/// A PDF of so many pages of US Letter, as a reader finds it.
vision::looked_at_document look_at_pages(std::uint32_t pages, const vision::document_request& asked) {
  if (auto refusal = vision::refuse_pages(asked, pages, "the PDF"))
    return *std::move(refusal);
  vision::document_facts facts{pages, {}};
  for (std::uint32_t number = 1; number <= pages; ++number)
    if (asked.pages.has(number)) {
      auto& page = facts.chosen.emplace_back();
      page.number = number;
      page.width = 17 * asked.dpi / 2;
      page.height = 11 * asked.dpi;
    }
  return facts;
}

struct fixture {
  config settings;
  std::vector<vision::document_request> looks;
  vision::looked_at_document found = vision::document_facts{7, {}};
  std::shared_ptr<looking_engine> engine =
      std::make_shared<looking_engine>([this](const held_bytes&, const vision::document_request& request) {
        looks.push_back(request);
        const auto* facts = std::get_if<vision::document_facts>(&found);
        return facts == nullptr ? found : look_at_pages(facts->pages, request);
      });
  document_desk desk{engine};

  annotate_plan plan(std::vector<annotate_item> items, annotate_kind kind = annotate_kind::images) const {
    return plan_annotation(std::move(items), kind, {"alice", {}}, settings, *engine, desk);
  }
  annotate_plan plan_pdf(std::vector<std::int32_t> pages) const {
    return plan({pages_of("%PDF-1.7", std::move(pages))}, annotate_kind::files);
  }
};

std::vector<std::string> ids_of(const job_spec& job) {
  std::vector<std::string> ids;
  for (const auto& p : job.pictures)
    ids.push_back(p.id);
  return ids;
}

std::vector<std::uint32_t> page_numbers(const planned_item& item) {
  std::vector<std::uint32_t> numbers;
  for (const auto& p : item.pictures)
    numbers.push_back(p.page);
  return numbers;
}

using ids = std::vector<std::string>;
using numbers = std::vector<std::uint32_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(annotate_plans, fixture)

BOOST_AUTO_TEST_CASE(images_of_equal_hints_are_one_job_of_the_owner) {
  const auto made = plan({item_of(png_header(10, 20, "a"), {"en"}), item_of(png_header(11, 21, "b")),
                          item_of(png_header(12, 22, "c"), {"en"})});
  BOOST_TEST_REQUIRE(made.jobs.size() == 2U);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& picture = made.items[i].pictures.at(0);
    const auto& job = *made.jobs.at(picture.job);
    BOOST_TEST(job.owner == "alice");
    BOOST_TEST(job.pictures.at(picture.position).id == std::to_string(i + 1));
    BOOST_TEST(job.language_hints == (i == 1 ? ids{} : ids{"en"}), boost::test_tools::per_element());
    BOOST_TEST(picture.width == 10 + i);
    BOOST_TEST(picture.height == 20 + i);
    BOOST_TEST(!picture.refused);
    BOOST_TEST(!made.items[i].error);
  }
}

BOOST_AUTO_TEST_CASE(the_same_request_is_the_identical_job) {
  const auto once = plan({item_of(png_header(10, 20, "a"))});
  const auto again = plan({item_of(png_header(10, 20, "a"))});
  BOOST_TEST((once.jobs.at(0)->identity == again.jobs.at(0)->identity));
  const auto other = plan({item_of(png_header(10, 20, "b"))});
  BOOST_TEST((once.jobs.at(0)->identity != other.jobs.at(0)->identity));
}

BOOST_AUTO_TEST_CASE(an_image_at_fault_is_in_no_job) {
  settings.calls.pixels = 500;
  const auto made = plan({item_of("no picture"), item_of(png_header(10, 20)), item_of(png_header(100, 200))});
  BOOST_TEST_REQUIRE(made.jobs.size() == 1U);
  BOOST_TEST(ids_of(*made.jobs[0]) == ids{"2"}, boost::test_tools::per_element());
  for (const std::size_t i : {0U, 2U}) {
    const auto& refused = made.items[i].pictures.at(0).refused;
    BOOST_TEST_REQUIRE(refused.has_value());
    BOOST_TEST((refused->code == rpc_code::invalid_argument));
    BOOST_TEST(refused->message != "");
  }
  BOOST_TEST(plan({item_of("no picture")}).jobs.empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_to_be_read_is_in_no_job) {
  auto unread = item_of(png_header(10, 20));
  unread.read = false;
  unread.error = rpc_error{rpc_code::unimplemented, "not here"};
  const auto made = plan({unread});
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST((made.items.at(0).error == unread.error));
  BOOST_TEST(made.items[0].pictures.empty());
}

BOOST_AUTO_TEST_CASE(hints_that_the_engine_does_not_serve_are_the_images_error) {
  const auto made = plan({item_of(png_header(10, 20), {"xx"}), item_of(png_header(10, 20))});
  BOOST_TEST(made.jobs.size() == 1U);
  BOOST_TEST_REQUIRE(made.items[0].error.has_value());
  BOOST_TEST(made.items[0].error->message == "xx is not installed");
  BOOST_TEST(!made.items[1].error);
}

BOOST_AUTO_TEST_CASE(of_an_image_of_several_pages_the_first_is_read) {
  const auto made = plan({item_of(tiff_header({{10, 20}, {11, 21}})), item_of(png_header(5, 6))});
  BOOST_TEST(ids_of(*made.jobs.at(0)) == (ids{"1#1", "2"}), boost::test_tools::per_element());
  BOOST_TEST(made.items[0].pictures.size() == 1U);
  BOOST_TEST(made.items[1].pictures.at(0).position == 1U);
}

BOOST_AUTO_TEST_CASE(of_a_file_the_pages_are_read_that_are_asked_for) {
  const auto file = tiff_header({{1, 9}, {2, 9}, {3, 9}, {4, 9}, {5, 9}, {6, 9}, {7, 9}});
  const auto asked = plan({pages_of(file, {-1, 2, -1})}, annotate_kind::files);
  BOOST_TEST(page_numbers(asked.items.at(0)) == (numbers{7, 2, 7}), boost::test_tools::per_element());
  BOOST_TEST(asked.items[0].total_pages == 7U);
  BOOST_TEST(ids_of(*asked.jobs.at(0)) == (ids{"1#7", "1#2"}), boost::test_tools::per_element());
  BOOST_TEST(asked.items[0].pictures[2].position == 0U);
  BOOST_TEST(asked.items[0].pictures[1].width == 2U);
  const auto first = plan({pages_of(file, {})}, annotate_kind::files);
  BOOST_TEST(page_numbers(first.items.at(0)) == (numbers{1, 2, 3, 4, 5}), boost::test_tools::per_element());
  for (const std::int32_t there_is_none : {8, -8}) {
    const auto none = plan({pages_of(file, {1, there_is_none})}, annotate_kind::files);
    BOOST_TEST(none.jobs.empty());
    BOOST_TEST_REQUIRE(none.items.at(0).error.has_value());
    BOOST_TEST(none.items[0].error->message == "pages names a page that is not there: the file has 7");
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_documents) {
  auto by_type = item_of("anything");
  by_type.mime_type = "Application/PDF";
  const auto made = plan({by_type, item_of(png_header(10, 20)), item_of("no picture")}, annotate_kind::files);
  BOOST_TEST(made.jobs.empty());
  BOOST_TEST_REQUIRE(made.items[1].error.has_value());
  BOOST_TEST(made.items[1].error->message.find("a PDF, a TIFF or a GIF") != std::string::npos);
  for (const std::size_t i : {0U, 2U})
    BOOST_TEST(made.items[i].pictures.at(0).refused.has_value());
  BOOST_TEST(looks.empty());
}

BOOST_AUTO_TEST_CASE(pages_of_a_pdf) {
  const auto made = plan_pdf({-1, 2, 3, 2});
  BOOST_TEST(!made.items.at(0).error.has_value());
  BOOST_TEST(made.items[0].total_pages == 7U);
  BOOST_TEST(page_numbers(made.items[0]) == (numbers{7, 2, 3, 2}), boost::test_tools::per_element());
  BOOST_REQUIRE(made.jobs.size() == 1U);
  // In the order of the answer, and each once.
  BOOST_TEST(ids_of(*made.jobs[0]) == (ids{"1#7", "1#2", "1#3"}), boost::test_tools::per_element());
  BOOST_TEST((made.jobs[0]->pictures[0].info.format == picture_format::pdf));
  BOOST_TEST(made.jobs[0]->pictures[0].info.page == 6U);
  const auto& last = made.items[0].pictures[0];
  BOOST_TEST(last.width == 1700U);
  BOOST_TEST(last.height == 2200U);
  BOOST_TEST(last.width_in_points == 612U);
  BOOST_TEST(last.height_in_points == 792U);
  BOOST_TEST(made.items[0].pictures[3].position == made.items[0].pictures[1].position);
}

BOOST_AUTO_TEST_CASE(of_a_pdf_the_first_five_pages_are_read) {
  BOOST_TEST(page_numbers(plan_pdf({}).items.at(0)) == (numbers{1, 2, 3, 4, 5}), boost::test_tools::per_element());
  found = vision::document_facts{2, {}};
  BOOST_TEST(page_numbers(plan_pdf({}).items.at(0)) == (numbers{1, 2}), boost::test_tools::per_element());
  found = vision::document_facts{1, {}};
  const auto one = plan_pdf({-1});
  BOOST_TEST(page_numbers(one.items.at(0)) == numbers{1}, boost::test_tools::per_element());
  BOOST_TEST(ids_of(*one.jobs.at(0)) == ids{"1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pdf_that_is_not_read_says_why) {
  const auto error_of = [](const annotate_plan& made) {
    BOOST_TEST(made.jobs.empty());
    BOOST_TEST_REQUIRE(made.items.at(0).error.has_value());
    return *made.items[0].error;
  };
  BOOST_TEST((error_of(plan_pdf({8})) ==
              rpc_error{rpc_code::invalid_argument, "pages names a page that is not there: the file has 7"}));
  found = vision::picture_refusal{ec::invalid_picture, "the PDF is encrypted", {}};
  BOOST_TEST((error_of(plan_pdf({})) == rpc_error{rpc_code::invalid_argument, "the PDF is encrypted"}));
  found = vision::picture_refusal{ec::unsupported_format, "PDFs are not read here", {}};
  BOOST_TEST((error_of(plan_pdf({})) == rpc_error{rpc_code::unimplemented, "PDFs are not read here"}));
  const auto before = looks.size();
  settings.documents.file_size_mb = 0;
  BOOST_TEST(error_of(plan_pdf({})).message.starts_with("the PDF has 8 bytes; at most 0 MiB"));
  BOOST_TEST(looks.size() == before);
  // images:annotate takes no PDF, so nothing is looked at.
  const auto image = plan({item_of("%PDF-1.7")});
  BOOST_TEST(image.items.at(0).pictures.at(0).refused.has_value());
  BOOST_TEST(looks.size() == before);
}

BOOST_AUTO_TEST_SUITE_END()
