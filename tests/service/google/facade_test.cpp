// Google's own paths: what the service answers there, against what its Google answers for the same pictures.
#include "core/base64.hpp"
#include "rig.hpp"
#include "support/samples.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
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

BOOST_AUTO_TEST_SUITE(google_facade)

BOOST_AUTO_TEST_CASE(a_picture_is_answered_as_google_answers_it) {
  google_rig rig{[](config&) {}, 1, {.how = fake::reading::ocr, .languages = "eng+chi_sim"}};
  for (const auto* name : {"caption-en-01.jpg", "caption-zh-01.jpg", "page.jpg"}) {
    BOOST_TEST_CONTEXT(name) {
      const auto body = annotate_body({content_of(samples_directory() / name)});
      const auto theirs = annotate(rig.google.port(), body, "x-goog-api-key: fake-api-key\r\n");
      const auto ours = annotate(rig.port(), body);
      BOOST_REQUIRE_EQUAL(theirs.status, 200);
      BOOST_REQUIRE_EQUAL(ours.status, 200);
      const auto their_answer = parsed(theirs), our_answer = parsed(ours);
      BOOST_REQUIRE_EQUAL(our_answer["responses"].Size(), 1U);
      check_response(our_answer["responses"][0], their_answer["responses"][0]);
    }
  }
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
    c.jobs.packing_window = 200ms;
    c.engine.workers = 5;
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
  BOOST_TEST(rig.calls() <= 4U);
  // What was read is remembered: in a request of its own, and in one of several.
  BOOST_TEST(annotate(rig.port(), annotate_body({numbered_jpeg(7).first})).status == 200);
  BOOST_TEST(annotate(rig.port(), annotate_body({numbered_jpeg(9).first, numbered_jpeg(8).first})).status == 200);
  const auto before = rig.calls();
  BOOST_TEST(before <= 4U);
  const auto spends = rig.ledger();
  BOOST_TEST(spends.at(store::memory_store::spend_state::settled) == before);
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

BOOST_AUTO_TEST_CASE(limits_and_the_breaker_refuse_in_googles_form) {
  google_rig limited{[](config& c) { c.limits.calls_per_day = 1; }};
  BOOST_TEST(annotate(limited.port(), annotate_body({numbered_jpeg(1).first})).status == 200);
  const auto over = annotate(limited.port(), annotate_body({numbered_jpeg(2).first}));
  BOOST_TEST(over.status == 429);
  BOOST_TEST(over.body.find(R"("reason":"RATE_LIMITED")") != std::string::npos, over.body);
  BOOST_TEST(over.body.find("google.rpc.RetryInfo") != std::string::npos, over.body);
  BOOST_TEST(limited.calls() == 1U);

  google_rig failing{[](config& c) {
    c.breaker.threshold = 1;
    c.jobs.max_attempts = 1;
  }};
  failing.google.outage_for(1h, 503);
  const auto failed = parsed(annotate(failing.port(), annotate_body({numbered_jpeg(3).first})));
  // A refusal with 503 would have the client try, and pay, again and again.
  BOOST_TEST(at(failed, "/responses/0/error/code") == "14");
  const auto open = annotate(failing.port(), annotate_body({numbered_jpeg(4).first}));
  BOOST_TEST(open.status == 429);
  BOOST_TEST(open.body.find(R"("reason":"BREAKER_OPEN")") != std::string::npos, open.body);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
