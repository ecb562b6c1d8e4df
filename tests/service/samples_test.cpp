#include "support/http_client.hpp"
#include "support/multipart.hpp"
#include "support/samples.hpp"
#include "support/service_process.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <string>
#include <thread>

namespace glyphgate {

namespace {

namespace fs = std::filesystem;

/// Words and lines as they are read, whatever white space stands between them.
std::string normalised(const std::string& text) {
  std::istringstream in{text};
  std::string result;
  for (std::string word; in >> word;)
    result += (result.empty() ? "" : " ") + word;
  return result;
}

std::string type_of(const fs::path& picture) {
  const auto extension = picture.extension();
  return extension == ".jpg" ? "image/jpeg" : extension == ".png" ? "image/png" : "image/webp";
}

rapidjson::Document json(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

/// Whether ppocr is there, which needs no hint for Chinese.
bool has_ppocr(std::uint16_t port) {
  const auto health = json(http_call(port, "GET", "/health"));
  for (const auto& engine : health["engines"].GetArray())
    if (engine["name"] == "ppocr")
      return !engine.HasMember("absent");
  return false;
}

BOOST_AUTO_TEST_SUITE(samples)

BOOST_AUTO_TEST_CASE(every_sample_is_read_as_the_text_beside_it_says) {
  temporary_directory scratch;
  service_process service{GLYPHGATE_BINARY,
                          scratch.path() / "log",
                          {{"DATA_DIR", scratch.path() / "data"}, {"JOBS_PER_MINUTE_LIMIT", "100"}}};
  const auto port = service.port();
  const bool without_hint = has_ppocr(port);
  BOOST_TEST_MESSAGE((without_hint ? "with ppocr" : "without ppocr, whose parts are absent"));
  int pictures = 0;
  for (const auto& entry : fs::directory_iterator{samples_directory()}) {
    const auto& picture = entry.path();
    if (picture.extension() != ".jpg" && picture.extension() != ".png" && picture.extension() != ".webp")
      continue;
    ++pictures;
    const auto name = picture.stem().string();
    const auto hint = !without_hint && name.find("-zh") != std::string::npos ? "&language_hints=zh" : "";
    const auto accepted = http_call(port, "POST", "/ocr/jobs?id=" + name + hint,
                                    "Content-Type: " + type_of(picture) + "\r\n", content_of(picture));
    BOOST_REQUIRE_MESSAGE(accepted.status == 202, accepted.body);
    const auto done = json(ended_job(port, accepted.header("location")));
    BOOST_REQUIRE_EQUAL(std::string{done["status"].GetString()}, "completed");
    const auto& result = done["result"]["results"][0];
    BOOST_TEST(std::string{result["id"].GetString()} == name);
    BOOST_TEST(normalised(result["text"].GetString()) == normalised(text_beside(picture)));
    BOOST_TEST(result["char_count"].GetUint() == result["characters"].Size());
  }
  BOOST_TEST(pictures >= 10);
  service.signal(SIGTERM);
  BOOST_TEST(service.wait() == 0);
}

/// The sample with a comment of its own: other bytes, the same picture.
std::string numbered(const std::string& jpeg, std::size_t number) {
  const auto comment = std::to_string(1000 + number);
  return jpeg.substr(0, 2) + "\xFF\xFE" + std::string{'\0', '\6'} + comment + jpeg.substr(2);
}

BOOST_AUTO_TEST_CASE(a_large_job_is_spread_over_the_workers_and_keeps_its_order) {
  temporary_directory scratch;
  service_process service{
      GLYPHGATE_BINARY, scratch.path() / "log", {{"DATA_DIR", scratch.path() / "data"}, {"MAX_CONCURRENT_JOBS", "2"}}};
  // Two lots of a megapixel at least.
  constexpr std::size_t pictures = 50;
  const auto sample = [](std::size_t i) {
    return samples_directory() / ("caption-en-0" + std::to_string(1 + i % 9) + ".jpg");
  };
  named_files files;
  for (std::size_t i = 0; i < pictures; ++i)
    files.emplace_back(std::to_string(i), numbered(content_of(sample(i)), i));
  http_connection client{service.port()};
  client.send(job_request(files));
  const auto accepted = client.read();
  BOOST_REQUIRE_MESSAGE(accepted.status == 202, accepted.body);
  const auto done = json(ended_job(service.port(), accepted.header("location")));
  BOOST_REQUIRE_EQUAL(std::string{done["status"].GetString()}, "completed");
  BOOST_TEST(done["result"]["api_calls"].GetUint() == (std::thread::hardware_concurrency() == 1 ? 1U : 2U));
  const auto& results = done["result"]["results"];
  BOOST_REQUIRE_EQUAL(results.Size(), pictures);
  for (std::size_t i = 0; i < pictures; ++i) {
    const auto& result = results[static_cast<rapidjson::SizeType>(i)];
    BOOST_TEST(std::string{result["id"].GetString()} == files[i].first);
    BOOST_TEST(normalised(result["text"].GetString()) == normalised(text_beside(sample(i))));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
