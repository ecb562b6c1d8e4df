// Google's own paths: what the service answers there, against what its Google answers for the same pictures.
#include "core/base64.hpp"
#include "rig.hpp"
#include "support/samples.hpp"
#include "support/test_pdf.hpp"
#include "vision/compose/draw_montage.hpp"
#include "vision/pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <filesystem>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

namespace {

using namespace std::chrono_literals;

const std::string json_field = "Content-Type: application/json\r\n";

std::string annotate_body(const std::vector<std::string>& files) {
  std::string body = R"({"requests":[)";
  for (std::size_t i = 0; i < files.size(); ++i) {
    body += std::string{i == 0 ? "" : ","} + R"({"features":[{"type":"DOCUMENT_TEXT_DETECTION"}],"image":{"content":")";
    append_base64(body, files[i]);
    body += "\"}}";
  }
  return body + "]}";
}

http_answer annotate(std::uint16_t port, const std::string& body, const std::string& fields = {}) {
  return http_call(port, "POST", "/v1/images:annotate", json_field + fields, body);
}

rapidjson::Document parsed(const http_answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.c_str(), answer.body.size());
  BOOST_REQUIRE_MESSAGE(!document.HasParseError(), answer.body);
  return document;
}

std::string text_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  value.Accept(writer);
  return buffer.GetString();
}

std::string at(const rapidjson::Value& value, const char* place) {
  const auto* found = rapidjson::Pointer{place}.Get(value);
  if (found == nullptr)
    return "missing";
  return found->IsString() ? found->GetString() : text_of(*found);
}

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

/// A symbol with all that Google tells of it.
struct told_symbol {
  std::string text;
  std::string vertices;
  std::string after;
  double confidence = 0;
};

struct told_word {
  /// Its block and its paragraph there.
  std::pair<std::size_t, std::size_t> place;
  std::string vertices;
  std::vector<told_symbol> symbols;
};

std::vector<told_word> words_of(const rapidjson::Value& response) {
  std::vector<told_word> words;
  const auto* pages = rapidjson::Pointer{"/fullTextAnnotation/pages"}.Get(response);
  BOOST_REQUIRE(pages != nullptr && pages->Size() == 1);
  std::pair<std::size_t, std::size_t> place;
  for (const auto& block : (*pages)[0]["blocks"].GetArray()) {
    place.second = 0;
    for (const auto& paragraph : block["paragraphs"].GetArray()) {
      for (const auto& word : paragraph["words"].GetArray()) {
        auto& told = words.emplace_back();
        told.place = place;
        told.vertices = at(word, "/boundingBox/vertices");
        for (const auto& symbol : word["symbols"].GetArray())
          told.symbols.push_back({at(symbol, "/text"), at(symbol, "/boundingBox/vertices"),
                                  at(symbol, "/property/detectedBreak/type"),
                                  symbol.HasMember("confidence") ? symbol["confidence"].GetDouble() : 0});
      }
      ++place.second;
    }
    ++place.first;
  }
  return words;
}

void check_symbol(const told_symbol& ours, const told_symbol& theirs) {
  BOOST_TEST(ours.text == theirs.text);
  BOOST_TEST(ours.vertices == theirs.vertices);
  BOOST_TEST(ours.after == theirs.after);
  BOOST_TEST(std::abs(ours.confidence - theirs.confidence) < 1e-4);
}

void check_response(const rapidjson::Value& ours, const rapidjson::Value& theirs) {
  for (const auto* place : {"/fullTextAnnotation/pages/0/width", "/fullTextAnnotation/pages/0/height",
                            "/fullTextAnnotation/pages/0/blocks/0/blockType"})
    BOOST_TEST(at(ours, place) == at(theirs, place));
  auto text = at(theirs, "/fullTextAnnotation/text");
  BOOST_REQUIRE(text.ends_with("\n"));
  text.pop_back();
  BOOST_TEST(at(ours, "/fullTextAnnotation/text") == text);
  BOOST_TEST(at(ours, "/textAnnotations/0/description") == text);
  const auto our_words = words_of(ours);
  const auto their_words = words_of(theirs);
  BOOST_REQUIRE_EQUAL(our_words.size(), their_words.size());
  for (std::size_t w = 0; w < our_words.size(); ++w) {
    BOOST_TEST((our_words[w].place == their_words[w].place));
    BOOST_TEST(our_words[w].vertices == their_words[w].vertices);
    BOOST_REQUIRE_EQUAL(our_words[w].symbols.size(), their_words[w].symbols.size());
    std::string spelt;
    for (std::size_t s = 0; s < our_words[w].symbols.size(); ++s) {
      check_symbol(our_words[w].symbols[s], their_words[w].symbols[s]);
      spelt += their_words[w].symbols[s].text;
    }
    const auto& annotation = ours["textAnnotations"][static_cast<rapidjson::SizeType>(w + 1)];
    BOOST_TEST(at(annotation, "/description") == spelt);
    BOOST_TEST(at(annotation, "/boundingPoly/vertices") == our_words[w].vertices);
  }
}

// Whether Google heeds an EXIF orientation is not known. The service sends a picture that has one upright; the fake
// reads what it is sent as it lies.
std::string upright(const std::string& file) {
  const auto p = vision::test::picture_of("page", file);
  if (p.info.orientation == 1)
    return file;
  return vision::test::file_of(
      std::get<vision::montage>(vision::draw_montage({p}, {{10'000, 75'000'000}, 20'000'000})));
}

void check_breaker_is_open(const http_answer& refused) {
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.body.find(R"("reason":"BREAKER_OPEN")") != std::string::npos, refused.body);
}

BOOST_AUTO_TEST_SUITE(google_facade)

BOOST_AUTO_TEST_CASE(a_picture_is_answered_as_google_answers_it) {
  google_rig rig{[](config&) {}, 1, {.how = fake::reading::ocr, .languages = "eng+chi_sim"}};
  for (const auto* name : {"caption-en-01.jpg", "caption-zh-01.jpg", "page.jpg"}) {
    BOOST_TEST_CONTEXT(name) {
      const auto file = content_of(samples_directory() / name);
      const auto theirs =
          annotate(rig.google.port(), annotate_body({upright(file)}), "x-goog-api-key: fake-api-key\r\n");
      const auto ours = annotate(rig.port(), annotate_body({file}));
      BOOST_REQUIRE_EQUAL(theirs.status, 200);
      BOOST_REQUIRE_EQUAL(ours.status, 200);
      const auto their_answer = parsed(theirs), our_answer = parsed(ours);
      BOOST_REQUIRE_EQUAL(our_answer["responses"].Size(), 1U);
      check_response(our_answer["responses"][0], their_answer["responses"][0]);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_samples_have_the_same_text_by_this_door_and_as_jobs) {
  // Each has a memory of its own: neither finds what the other has read.
  const fake::fake_vision_config reading{.how = fake::reading::ocr, .languages = "eng+chi_sim"};
  google_rig by_google{[](config&) {}, 1, reading}, by_jobs{[](config&) {}, 1, reading};
  std::size_t samples = 0;
  for (const auto& entry : std::filesystem::directory_iterator{samples_directory()}) {
    const auto& file = entry.path();
    if (file.extension() != ".jpg" && file.extension() != ".png" && file.extension() != ".webp")
      continue;
    BOOST_TEST_CONTEXT(file.filename()) {
      const auto annotated = parsed(annotate(by_google.port(), annotate_body({content_of(file)})));
      const auto job = parsed({200, {}, by_jobs.result(by_jobs.post({{"it", content_of(file)}}).header("location"))});
      const auto text = at(annotated, "/responses/0/fullTextAnnotation/text");
      BOOST_TEST(text == at(job, "/result/results/0/text"));
      BOOST_TEST(without_blanks(text) == without_blanks(text_beside(file)));
    }
    ++samples;
  }
  BOOST_TEST(samples == 17U);
  BOOST_TEST(by_google.calls() == samples);
  BOOST_TEST(by_jobs.calls() == samples);
}

BOOST_AUTO_TEST_CASE(a_picture_without_text_and_one_that_is_none) {
  google_rig rig{[](config&) {}, 1, {.how = fake::reading::blank}};
  const auto blank = annotate_body({coloured_png(red)});
  const auto theirs = annotate(rig.google.port(), blank, "x-goog-api-key: fake-api-key\r\n");
  BOOST_TEST(annotate(rig.port(), blank).body == theirs.body);
  const auto none = annotate_body({"no picture"});
  const auto refused = parsed(annotate(rig.port(), none));
  const auto as_google = parsed(annotate(rig.google.port(), none, "x-goog-api-key: fake-api-key\r\n"));
  BOOST_TEST(at(refused, "/responses/0/error/code") == at(as_google, "/responses/0/error/code"));
  BOOST_TEST(rig.calls() == 3U);
}

BOOST_AUTO_TEST_CASE(many_requests_at_once_cost_few_calls_and_each_has_its_own_text) {
  constexpr std::uint32_t requests = 200;
  google_rig rig{[](config& c) {
    // As they usually are.
    c.jobs.packing_window = config{}.jobs.packing_window;
    c.engine.workers = config{}.engine.workers;
    c.http.max_connections = 512;
  }};
  rig.google.add({.times = 0, .delay = 300ms});
  std::vector<std::future<std::string>> asking;
  for (std::uint32_t i = 0; i < requests; ++i)
    asking.push_back(std::async(
        std::launch::async, [&rig, i] { return annotate(rig.port(), annotate_body({numbered_jpeg(i).first})).body; }));
  for (std::uint32_t i = 0; i < requests; ++i) {
    rapidjson::Document answer;
    answer.Parse(asking[i].get().c_str());
    BOOST_TEST(at(answer, "/responses/0/fullTextAnnotation/text") == numbered_jpeg(i).second);
    BOOST_TEST(at(answer, "/responses/0/fullTextAnnotation/pages/0/width") == "64");
  }
  const auto paid = rig.calls();
  BOOST_TEST_MESSAGE("calls of 200 requests: " << paid);
  BOOST_TEST(paid <= 4U);
  // What was read is remembered: in a request of its own, and in one of several.
  BOOST_TEST(annotate(rig.port(), annotate_body({numbered_jpeg(7).first})).status == 200);
  BOOST_TEST(annotate(rig.port(), annotate_body({numbered_jpeg(9).first, numbered_jpeg(8).first})).status == 200);
  BOOST_TEST(rig.calls() == paid);
  BOOST_TEST(rig.ledger().at(store::memory_store::spend_state::settled) == paid);
}

BOOST_AUTO_TEST_CASE(an_image_is_one_job_whatever_path_it_came_by) {
  google_rig rig;
  const auto [file, text] = numbered_jpeg(5);
  const auto answer = parsed(annotate(rig.port(), annotate_body({file})));
  BOOST_TEST(at(answer, "/responses/0/fullTextAnnotation/text") == text);
  const auto jobs = parsed({200, {}, rig.get("/ocr/jobs")});
  BOOST_REQUIRE_EQUAL(jobs["jobs"].Size(), 1U);
  BOOST_TEST(at(jobs, "/jobs/0/status") == "completed");
  const auto job = rig.result("/ocr/jobs/" + at(jobs, "/jobs/0/job_id"));
  BOOST_TEST(job.find(R"("text":")" + text) != std::string::npos);
  // Posted as a job it is known.
  const auto posted = rig.post({{"other-name", file}});
  BOOST_TEST(posted.body.find(R"("status":"completed")") != std::string::npos, posted.body);
  BOOST_TEST(rig.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(pages_of_a_pdf_are_pictures_that_are_known_by_any_path) {
  google_rig rig;
  const auto page_of = [](std::uint32_t number) { return page_of_jpeg(numbered_jpeg(number).first, 64, 32); };
  std::string body = R"({"requests":[{"features":[{"type":"TEXT_DETECTION"}],"pages":[-1,1],"inputConfig":{)"
                     R"("mimeType":"application/pdf","content":")";
  append_base64(body, test_pdf({page_of(1), page_of(2), page_of(3)}));
  const auto answer = parsed(http_call(rig.port(), "POST", "/v1/files:annotate", json_field, body + "\"}}]}"));
  BOOST_TEST(at(answer, "/responses/0/totalPages") == "3");
  BOOST_TEST(at(answer, "/responses/0/responses/0/context/pageNumber") == "3");
  BOOST_TEST(at(answer, "/responses/0/responses/0/fullTextAnnotation/text") == numbered_jpeg(3).second);
  BOOST_TEST(at(answer, "/responses/0/responses/1/context/pageNumber") == "1");
  BOOST_TEST(at(answer, "/responses/0/responses/1/fullTextAnnotation/text") == numbered_jpeg(1).second);
  BOOST_TEST(rig.calls() == 1U);
  // The pages are the JPEGs that they show.
  BOOST_TEST(annotate(rig.port(), annotate_body({numbered_jpeg(3).first})).status == 200);
  BOOST_TEST(rig.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(a_wait_that_ends_before_the_work_is_taken_up_by_the_next_request) {
  google_rig rig{[](config& c) { c.http.facade_timeout = 1s; }};
  rig.google.add({.delay = 2500ms});
  const auto [file, text] = numbered_jpeg(6);
  const auto body = annotate_body({file});
  const auto late = annotate(rig.port(), body);
  BOOST_TEST(late.status == 504);
  BOOST_TEST(late.body.find(R"("status":"DEADLINE_EXCEEDED")") != std::string::npos);
  std::string told;
  BOOST_TEST(eventually([&] {
    told = at(parsed(annotate(rig.port(), body)), "/responses/0/fullTextAnnotation/text");
    return told != "missing";
  }));
  BOOST_TEST(told == text);
  BOOST_TEST(rig.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(a_limit_refuses_in_googles_form) {
  google_rig rig{[](config& c) { c.limits.calls_per_day = 1; }};
  BOOST_TEST(annotate(rig.port(), annotate_body({numbered_jpeg(1).first})).status == 200);
  const auto over = annotate(rig.port(), annotate_body({numbered_jpeg(2).first}));
  BOOST_TEST(over.status == 429);
  BOOST_TEST(over.body.find(R"("reason":"RATE_LIMITED")") != std::string::npos, over.body);
  BOOST_TEST(over.body.find("google.rpc.RetryInfo") != std::string::npos, over.body);
  BOOST_TEST(rig.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(an_engine_that_fails_is_the_images_error_and_opens_the_breaker) {
  google_rig rig{[](config& c) {
    c.breaker.threshold = 1;
    c.jobs.max_attempts = 1;
  }};
  rig.google.add({.status = 503});
  const auto failed = annotate(rig.port(), annotate_body({numbered_jpeg(3).first}));
  // A refusal with 503 would have the client try, and pay, again and again.
  BOOST_TEST(failed.status == 200);
  BOOST_TEST(at(parsed(failed), "/responses/0/error/code") == "14");
  check_breaker_is_open(annotate(rig.port(), annotate_body({numbered_jpeg(4).first})));
  BOOST_TEST(rig.calls() == 1U);
}

// Nothing was sent that would be paid for: the call goes on, until the job is too old.
BOOST_AUTO_TEST_CASE(without_a_token_the_client_waits_until_its_time_is_over_and_nothing_is_paid) {
  google_rig rig{[](config& c) {
    c.breaker.threshold = 1;
    c.jobs.max_attempts = 1;
    c.http.facade_timeout = 1s;
  }};
  rig.google.outage_for(1h, 503);
  const auto waited = annotate(rig.port(), annotate_body({numbered_jpeg(3).first}));
  BOOST_TEST(waited.status == 504);
  BOOST_TEST(waited.body.find(R"("status":"DEADLINE_EXCEEDED")") != std::string::npos, waited.body);
  check_breaker_is_open(annotate(rig.port(), annotate_body({numbered_jpeg(4).first})));
  BOOST_TEST(rig.calls() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
