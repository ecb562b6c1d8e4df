#include "rig.hpp"
#include "support/samples.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

namespace glyphgate {

namespace {

namespace fs = std::filesystem;

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

rapidjson::Document json(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

BOOST_AUTO_TEST_SUITE(google_samples)

BOOST_AUTO_TEST_CASE(all_captions_are_read_in_one_paid_call) {
  fake::fake_vision google{{.how = fake::reading::ocr, .languages = "eng+chi_sim"}};
  temporary_directory scratch;
  std::ofstream{scratch.path() / "ca.pem"} << google.certificate();
  service_process service{GLYPHGATE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"},
                           {"VISION_ENDPOINT", google.url()},
                           {"VISION_CA_FILE", scratch.path() / "ca.pem"},
                           {"VISION_CALL_PRICE_USD", "0.002"},
                           {"GOOGLE_APPLICATION_CREDENTIALS_JSON", google.credentials_json()},
                           {"no_proxy", "*"}}};
  const auto port = service.port();
  const auto root = json(http_call(port, "GET", "/"));
  BOOST_TEST(root["engine"].GetString() == "google");
  BOOST_TEST(root["google_cloud_available"].GetBool());

  named_files files;
  std::vector<std::string> texts;
  for (const auto& entry : fs::directory_iterator{samples_directory()}) {
    const auto& picture = entry.path();
    if (picture.extension() != ".jpg" || !picture.filename().string().starts_with("caption-"))
      continue;
    files.emplace_back(picture.stem(), content_of(picture));
    texts.push_back(text_beside(picture));
  }
  BOOST_REQUIRE(files.size() >= 14);
  http_connection connection{port};
  connection.send(job_request(files));
  const auto accepted = connection.read();
  BOOST_REQUIRE_EQUAL(accepted.status, 202);
  const auto done = json(ended_job(port, accepted.header("location")));
  BOOST_TEST(done["status"].GetString() == "completed");
  const auto& results = done["result"]["results"];
  BOOST_REQUIRE_EQUAL(results.Size(), files.size());
  for (rapidjson::SizeType i = 0; i < results.Size(); ++i) {
    BOOST_TEST(results[i]["id"].GetString() == files[i].first);
    BOOST_TEST(without_blanks(results[i]["text"].GetString()) == without_blanks(texts[i]));
    BOOST_TEST(results[i]["char_count"].GetUint() == results[i]["characters"].Size());
  }
  BOOST_TEST(done["result"]["api_calls"].GetUint() == 1U);
  BOOST_TEST(google.calls(fake::request_kind::annotate) == 1U);

  const auto usage = json(http_call(port, "GET", "/usage"));
  BOOST_TEST(usage["cost"]["api_calls"].GetUint() == 1U);
  BOOST_TEST(usage["cost"]["estimated_usd"].GetDouble() == 0.002);
  const auto saved = static_cast<double>(files.size() - 1) * 0.002;
  BOOST_TEST(usage["cost"]["saved_usd"].GetDouble() == saved, boost::test_tools::tolerance(1e-9));
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
