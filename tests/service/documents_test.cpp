#include "core/base64.hpp"
#include "support/http_client.hpp"
#include "support/multipart.hpp"
#include "support/samples.hpp"
#include "support/service_process.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_pdf.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace glyphgate {

namespace {

rapidjson::Document json(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

struct documents_fixture {
  temporary_directory directory;
  service_process service{
      GLYPHGATE_BINARY,
      directory.path() / "log",
      {{"DATA_DIR", directory.path() / "data"}, {"OCR_ENGINE", "tesseract"}, {"JOBS_PER_MINUTE_LIMIT", "100"}}};
  std::uint16_t port = service.port();

  http_answer post(const std::string& query, const std::string& file) const {
    return http_call(port, "POST", "/ocr/jobs" + query, "Content-Type: application/pdf\r\n", file);
  }

  rapidjson::Document done(const http_answer& accepted) const {
    BOOST_REQUIRE_MESSAGE(accepted.status == 202 || accepted.status == 200, accepted.body);
    return json(ended_job(port, accepted.header("location")));
  }

  static std::string text_of(const rapidjson::Value& picture) { return picture["text"].GetString(); }
};

const std::string first_line = "The last train leaves at midnight from here.";
const std::string second_line = "The first one leaves at four in the morning.";

pdf_page scan(const std::string& name, const std::string& more = "") {
  constexpr unsigned width = 666, height = 64;
  return page_of_jpeg(content_of(samples_directory() / (name + ".jpg")), width, height, more);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(documents, documents_fixture)

BOOST_AUTO_TEST_CASE(pages_are_read_in_every_form_of_a_body) {
  const auto file = test_pdf({scan("caption-en-01"), page_of_lines({first_line}), page_of_lines({second_line})});
  const auto raw = done(post("?id=a.pdf", file));
  const auto& pictures = raw["result"]["results"];
  BOOST_REQUIRE(pictures.Size() == 3U);
  BOOST_TEST(std::string{pictures[0]["id"].GetString()} == "a.pdf#1");
  BOOST_TEST(text_of(pictures[0]) == "The last train leaves at midnight.");
  BOOST_TEST(text_of(pictures[1]) == first_line);
  BOOST_TEST(text_of(pictures[2]) == second_line);

  // The same pages are known, in whatever form they come.
  http_connection client{port};
  client.send(job_request({{"a.pdf", file}}));
  BOOST_TEST((json(client.read())["job_id"] == raw["job_id"]));
  const auto body = R"({"images":[{"id":"a.pdf","data":")" + base64url(file) + R"("}]})";
  const auto as_json = http_call(port, "POST", "/ocr/jobs", "Content-Type: application/json\r\n", body);
  BOOST_TEST(as_json.status == 200);
  BOOST_TEST((json(as_json)["job_id"] == raw["job_id"]));
}

BOOST_AUTO_TEST_CASE(pages_are_chosen_and_remembered_one_by_one) {
  const auto file = test_pdf({page_of_lines({first_line}), page_of_lines({second_line}), {""}});
  const auto second = done(post("?pages=2", file));
  BOOST_REQUIRE(second["result"]["results"].Size() == 1U);
  BOOST_TEST(std::string{second["result"]["results"][0]["id"].GetString()} == "image#2");
  BOOST_TEST(text_of(second["result"]["results"][0]) == second_line);
  // What was read is known, and what another density gives is not.
  const auto quote = json(post("?pages=2-3&dry_run=true", file));
  BOOST_TEST(quote["images"]["known"].GetInt() == 1);
  BOOST_TEST(quote["images"]["sent"].GetInt() == 1);
  BOOST_TEST(json(post("?pages=2&dpi=150&dry_run=true", file))["images"]["known"].GetInt() == 0);
}

BOOST_AUTO_TEST_CASE(text_that_a_page_holds_answers_for_nothing) {
  const auto file = test_pdf({page_of_lines({first_line}), scan("caption-en-02")});
  const auto quote = json(post("?pdf_text=prefer&dry_run=true", file));
  BOOST_TEST(quote["images"]["known"].GetInt() == 1);
  BOOST_TEST(quote["images"]["sent"].GetInt() == 1);
  const auto job = done(post("?pdf_text=prefer", file));
  const auto& pictures = job["result"]["results"];
  BOOST_TEST(text_of(pictures[0]) == first_line);
  BOOST_TEST(std::string{pictures[0]["engine"].GetString()} == "pdf");
  BOOST_TEST(std::string{pictures[1]["engine"].GetString()} == "tesseract");
  // A job of nothing else ends where it is accepted.
  const auto only_text = done(post("?pdf_text=prefer&pages=1", file));
  BOOST_TEST(only_text["result"]["api_calls"].GetInt() == 0);
  BOOST_TEST(text_of(only_text["result"]["results"][0]) == first_line);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_and_changes_nothing) {
  const auto says = [&](const http_answer& answer, int status, std::string_view part) {
    BOOST_TEST(answer.status == status, answer.body);
    BOOST_TEST(answer.body.find(part) != std::string::npos, answer.body);
  };
  const auto file = test_pdf({page_of_lines({first_line}), page_of_lines({second_line})});
  says(post("", locked_pdf()), 422, "encrypted and needs a password");
  says(post("", file.substr(0, 50)), 422, "damaged");
  says(post("?pages=3", file), 422, "page 3 is asked for, and the PDF has 2 pages");
  says(post("?pages=0", file), 422, "neither a page nor a run of pages");
  says(post("?dpi=1200", file), 422, "from 72 to 600");
  says(post("?pdf_text=only", file), 422, "prefer or ignore");
  says(post("", test_pdf({{"", "/MediaBox[0 0 14400 14400]"}})), 413, "give a lower `dpi`");
  BOOST_TEST(json(http_call(port, "GET", "/ocr/jobs"))["jobs"].Empty());
  // Skipped, it is one image at fault.
  http_connection client{port};
  client.send(job_request({{"locked", locked_pdf()}, {"file.pdf", file}}));
  BOOST_TEST(client.read().status == 422);
  auto form = job_request({{"locked", locked_pdf()}, {"file.pdf", file}});
  form.replace(form.find("/ocr/jobs"), 9, "/ocr/jobs?on_error=skip");
  client.send(form);
  const auto job = done(client.read());
  BOOST_REQUIRE(job["result"]["results"].Size() == 3U);
  BOOST_TEST(std::string{job["result"]["results"][0]["error"].GetString()}.find("password") != std::string::npos);
  BOOST_TEST(text_of(job["result"]["results"][2]) == second_line);
}

BOOST_AUTO_TEST_CASE(a_form_says_of_pages_what_the_query_may) {
  const auto file = test_pdf({page_of_lines({first_line}), page_of_lines({second_line})});
  const auto part = [](const std::string& name, const std::string& value) {
    return "--cut\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  };
  const auto body = part("pages", "2") + part("pdf_text", "prefer") +
                    "--cut\r\nContent-Disposition: form-data; name=f\r\nContent-Type: application/pdf\r\n\r\n" + file +
                    "\r\n--cut--\r\n";
  const auto job =
      done(http_call(port, "POST", "/ocr/jobs", "Content-Type: multipart/form-data; boundary=cut\r\n", body));
  BOOST_REQUIRE(job["result"]["results"].Size() == 1U);
  BOOST_TEST(std::string{job["result"]["results"][0]["id"].GetString()} == "f#2");
  BOOST_TEST(text_of(job["result"]["results"][0]) == second_line);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate
