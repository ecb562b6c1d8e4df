#include "rig.hpp"
#include "support/ppocr_parts.hpp"
#include "support/samples.hpp"
#include "vision/pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <utility>

namespace glyphgate {

namespace {

using vision::test::gradient;
using vision::test::jpeg_of;

rapidjson::Document json(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

/// Says so where the engine's parts are absent.
boost::test_tools::assertion_result are_there(boost::unit_test::test_unit_id) {
  const bool there = test::ppocr_parts{std::string{GLYPHGATE_SOURCE_DIR} + "/parts/ppocr"}.are_there();
  if (!there)
    std::cout << "SKIPPED: the engine ppocr is absent; script/setup brings it" << std::endl;
  return there;
}

/// The sample with a comment of its own: other bytes, the same picture.
std::string with_comment(const std::string& jpeg, const std::string& four) {
  return jpeg.substr(0, 2) + "\xFF\xFE" + std::string{'\0', '\6'} + four + jpeg.substr(2);
}

/// The shipped service with a sieve before a fake Google, which reads what is sent.
class sifted_google {
public:
  explicit sifted_google(std::map<std::string, std::string> settings) {
    settings.insert({{"DATA_DIR", scratch_.path() / "data"},
                     {"GOOGLE_API_KEY", "fake-api-key"},
                     {"VISION_ENDPOINT", google.url()},
                     {"VISION_CA_FILE", scratch_.write("ca.pem", google.certificate())},
                     {"VISION_CALL_PRICE_USD", "0.002"},
                     {"MAX_CONCURRENT_JOBS", "1"},
                     {"no_proxy", "*"}});
    service_.emplace(GLYPHGATE_BINARY, scratch_.path() / "log", settings);
  }

  fake::fake_vision google{{.how = fake::reading::ocr, .languages = "eng+chi_sim"}};

  std::size_t calls() const { return google.calls(fake::request_kind::annotate); }
  rapidjson::Document get(const std::string& path) { return json(http_call(service_->port(), "GET", path)); }
  rapidjson::Document read(const named_files& files, const std::string& query = "") {
    http_connection connection{service_->port()};
    auto request = job_request(files);
    request.replace(request.find("/ocr/jobs"), 9, "/ocr/jobs" + query);
    connection.send(request);
    return ended(connection.read());
  }
  rapidjson::Document read_raw(const std::string& jpeg, const std::string& query) {
    return ended(http_call(service_->port(), "POST", "/ocr/jobs?" + query, "Content-Type: image/jpeg\r\n", jpeg));
  }

private:
  rapidjson::Document ended(const http_answer& accepted) {
    BOOST_REQUIRE_MESSAGE(accepted.status == 202, accepted.body);
    auto done = json(ended_job(service_->port(), accepted.header("location")));
    BOOST_REQUIRE_EQUAL(std::string{done["status"].GetString()}, "completed");
    return done;
  }

  temporary_directory scratch_;
  std::optional<service_process> service_;
};

std::string sample(const std::string& name) {
  return content_of(samples_directory() / name);
}

BOOST_AUTO_TEST_SUITE(local_first, *boost::unit_test::precondition(are_there))

BOOST_AUTO_TEST_CASE(pictures_without_text_cost_nothing) {
  sifted_google service{{{"LOCAL_FIRST", "blank"}}};
  const auto blank = service.read({{"a", jpeg_of(gradient(300, 60, 3))}, {"b", jpeg_of(gradient(200, 80, 3))}});
  BOOST_TEST(service.calls() == 0U);
  for (const auto& result : blank["result"]["results"].GetArray()) {
    BOOST_TEST(result["engine"].GetString() == "ppocr");
    BOOST_TEST(result["text"].GetString() == "");
  }
  const auto mixed = service.read({{"c", jpeg_of(gradient(320, 60, 3))}, {"d", sample("caption-en-01.jpg")}});
  BOOST_TEST(service.calls() == 1U);
  BOOST_TEST(mixed["result"]["results"][0]["engine"].GetString() == "ppocr");
  BOOST_TEST(mixed["result"]["results"][1]["engine"].GetString() == "google");
  const auto usage = service.get("/usage");
  BOOST_TEST(usage["cost"]["local_first"]["images_answered"].GetUint() == 3U);
  BOOST_TEST(usage["cost"]["api_calls"].GetUint() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_read_here_with_confidence_costs_nothing) {
  sifted_google service{{{"LOCAL_FIRST", "confident"}, {"LOCAL_FIRST_CONFIDENCE", "0.9"}}};
  const auto done = service.read({{"en", sample("caption-en-03.jpg")}, {"zh", sample("caption-zh-01.jpg")}});
  BOOST_TEST(service.calls() == 0U);
  for (const auto& result : done["result"]["results"].GetArray())
    BOOST_TEST(result["engine"].GetString() == "ppocr");
  BOOST_TEST(done["result"]["api_calls"].GetUint() == 0U);
  // A language that is not read here.
  service.read_raw(sample("caption-en-04.jpg"), "id=de&language_hints=de");
  BOOST_TEST(service.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(frames_that_show_the_same_are_read_once) {
  sifted_google service{{}};
  const auto one = sample("caption-en-01.jpg"), other = sample("caption-en-02.jpg");
  const named_files frames{{"1", one},
                           {"2", with_comment(one, "0002")},
                           {"3", with_comment(one, "0003")},
                           {"4", other},
                           {"5", with_comment(other, "0005")}};
  const auto done = service.read(frames, "?near_duplicates=true");
  const auto& results = done["result"]["results"];
  BOOST_TEST(service.calls() == 1U);
  for (const auto& [repeat, leader] : {std::pair{1U, 0U}, std::pair{2U, 0U}, std::pair{4U, 3U}}) {
    BOOST_TEST(results[repeat]["same_as"].GetString() == results[leader]["id"].GetString());
    BOOST_TEST(results[repeat]["text"].GetString() == results[leader]["text"].GetString());
  }
  for (const auto leader : {0U, 3U})
    BOOST_TEST((!results[leader].HasMember("same_as") || results[leader]["same_as"].IsNull()));
  BOOST_TEST(std::string{results[0]["text"].GetString()} != results[3]["text"].GetString());
  BOOST_TEST(service.get("/usage")["cost"]["local_first"]["images_repeated"].GetUint() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
