#include "core/base64.hpp"
#include "google_fixture.hpp"
#include "support/direct_reader.hpp"
#include "vision/google/annotate_request.hpp"
#include "vision/google/google_provider.hpp"
#include "vision/pictures.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;
using namespace std::chrono_literals;

namespace {

using fake::breakage;
using fake::request_kind;

std::string text(const picture_outcome& image) {
  BOOST_REQUIRE_MESSAGE(image.recognised, image.error);
  return text_of(*image.recognised);
}

void check_coloured(const annotation& result, std::size_t count) {
  BOOST_REQUIRE(result.pictures.size() == count);
  for (std::size_t i = 0; i < count; ++i)
    BOOST_TEST(text(result.pictures[i]) == coloured_text(i));
}

/// One way in which Google fails, and what the engine must make of it.
struct row {
  const char* name;
  std::size_t pictures;
  fake::fault planned;
  ec code;
  bool splittable = false;
  std::optional<std::chrono::seconds> retry_after = {};
  std::string_view says = {};
};

const row failure_table[] = {
    {"bad image data in a montage",
     3,
     {.message = "Bad image data.", .image_code = 3},
     ec::request_rejected,
     true,
     {},
     "answered 400: Bad image data."},
    {"montage too large",
     2,
     {.message = "Image too large. Please limit to 75 megapixels.", .image_code = 3},
     ec::request_rejected,
     true,
     {},
     "75 megapixels"},
    {"throttled within a 200", 2, {.image_code = 8}, ec::engine_unavailable, false, 30s, "429"},
    {"internal within a 200", 2, {.image_code = 13}, ec::engine_unavailable, false, 1s, "500"},
    {"unavailable within a 200", 2, {.image_code = 14}, ec::engine_unavailable, false, 1s, "503"},
    {"no permission within a 200", 2, {.image_code = 7}, ec::account_refused, false, {}, "403"},
    {"request too large",
     3,
     {.status = 400, .message = "Request payload size exceeds the limit: 41943040 bytes."},
     ec::request_rejected,
     true,
     {},
     "payload size"},
    {"request of one picture too large",
     1,
     {.status = 400, .message = "Request payload size exceeds the limit: 41943040 bytes."},
     ec::request_rejected,
     false,
     {},
     "payload size"},
    {"413", 3, {.status = 413, .body = "<html>Too Large</html>"}, ec::request_rejected, true, {}, "413"},
    {"other bad request",
     3,
     {.status = 400, .message = "Unsupported language code: tlh"},
     ec::request_rejected,
     false,
     {},
     "Unsupported language code: tlh"},
    {"bad API key",
     1,
     {.status = 400, .message = "API key expired. Please renew the API key.", .reason = "API_KEY_INVALID"},
     ec::account_refused,
     false,
     {},
     "API_KEY_INVALID"},
    {"throttled", 2, {.status = 429}, ec::engine_unavailable, false, 30s, "429"},
    {"throttled, told less", 2, {.status = 429, .retry_after = "5"}, ec::engine_unavailable, false, 30s, "429"},
    {"throttled, told more", 2, {.status = 429, .retry_after = "45"}, ec::engine_unavailable, false, 45s, "429"},
    {"throttled, told far too much",
     2,
     {.status = 429, .retry_after = "99999999"},
     ec::engine_unavailable,
     false,
     3600s,
     "429"},
    {"throttled, told in the body",
     2,
     {.status = 429, .body = R"({"error":{"code":429,"message":"Quota.","details":[{"retryDelay":"41.2s"}]}})"},
     ec::engine_unavailable,
     false,
     42s,
     "Quota."},
    {"403 for the rate",
     1,
     {.status = 403, .reason = "RATE_LIMIT_EXCEEDED"},
     ec::engine_unavailable,
     false,
     30s,
     "RATE_LIMIT_EXCEEDED"},
    {"500", 1, {.status = 500}, ec::engine_unavailable, false, 1s, "500"},
    {"502 of something in between",
     1,
     {.status = 502, .body = "<html>Bad Gateway</html>"},
     ec::engine_unavailable,
     false,
     1s,
     "502"},
    {"503", 2, {.status = 503}, ec::engine_unavailable, false, 1s, "503"},
    {"503, told more", 2, {.status = 503, .retry_after = "7"}, ec::engine_unavailable, false, 7s, "503"},
    {"504", 1, {.status = 504}, ec::engine_unavailable, false, 1s, "504"},
    {"408", 1, {.status = 408}, ec::engine_unavailable, false, {}, "408"},
    {"403, service disabled",
     1,
     {.status = 403,
      .message = "Cloud Vision API has not been used in project 1 before or it is disabled.",
      .reason = "SERVICE_DISABLED"},
     ec::account_refused,
     false,
     {},
     "(SERVICE_DISABLED): Cloud Vision API has not"},
    {"403, billing disabled",
     1,
     {.status = 403, .message = "This API method requires billing to be enabled.", .reason = "BILLING_DISABLED"},
     ec::account_refused,
     false,
     {},
     "BILLING_DISABLED"},
    {"404", 1, {.status = 404}, ec::account_refused, false, {}, "404"},
    {"redirect", 1, {.status = 302, .body = ""}, ec::engine_unavailable, false, {}, "302"},
    {"204", 1, {.status = 201, .body = "{}"}, ec::engine_unavailable, false, {}, "201"},
    {"half an answer", 2, {.malformed = true}, ec::engine_unavailable, false, {}, "cannot be read"},
    {"not JSON", 2, {.body = "<html>"}, ec::engine_unavailable, false, {}, "cannot be read"},
    {"no response", 2, {.body = R"({"responses":[]})"}, ec::engine_unavailable, false, {}, "0 responses"},
    {"an empty body", 2, {.body = ""}, ec::engine_unavailable, false, {}, "cannot be read"},
    {"reset in the request", 2, {.breaks = breakage::reset_in_request}, ec::engine_unavailable, false, {}, "no answer"},
    {"reset before the answer",
     2,
     {.breaks = breakage::reset_before_answer},
     ec::engine_unavailable,
     false,
     {},
     "no answer"},
    {"reset in the answer", 2, {.breaks = breakage::reset_in_answer}, ec::engine_unavailable, false, {}, "no answer"},
    {"cut answer", 2, {.breaks = breakage::cut_answer}, ec::engine_unavailable, false, {}, "no answer"},
};

/// The time from the stop to the outcome of a call that `planned` holds up.
std::pair<call_failure, std::chrono::milliseconds> stopped(google_fixture& f, const fake::fault& planned) {
  f.server.add(planned);
  const auto reader = engine_with(f.settings());
  const auto calls = [&] { return f.server.calls(planned.of); };
  const auto before = calls();
  std::stop_source stop;
  std::chrono::steady_clock::time_point asked;
  std::jthread stopper{[&] {
    while (calls() == before)
      std::this_thread::yield();
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  }};
  const auto outcome = reader->annotate(coloured_call(2), stop.get_token(), {});
  const auto ended = std::chrono::steady_clock::now();
  stopper.join();
  return {failed(outcome), std::chrono::duration_cast<std::chrono::milliseconds>(ended - asked)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(google_engine_over_sockets)

BOOST_AUTO_TEST_CASE(many_pictures_cost_one_call) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  std::vector<std::size_t> progress;
  const auto result =
      annotated(reader->annotate(coloured_call(200), {}, [&](std::size_t done) { progress.push_back(done); }));
  check_coloured(result, 200);
  BOOST_TEST(progress == std::vector<std::size_t>{200}, boost::test_tools::per_element());
  BOOST_TEST(f.calls() == 1U);
  BOOST_TEST(f.token_calls() == 1U);
  const auto sent = f.server.calls().back();
  BOOST_TEST(sent.path == "/v1/images:annotate");
  BOOST_TEST(sent.width == 64U);
  BOOST_TEST(sent.height == 200U * 34 - 2);
  BOOST_TEST(sent.user_project.empty());
  BOOST_TEST(sent.language_hints.empty());
  for (const auto& image : result.pictures)
    for (const auto& symbol : image.recognised->symbols)
      BOOST_TEST((symbol.box.y == 0 && symbol.box.height == 32 && symbol.box.width == 16));
}

BOOST_AUTO_TEST_CASE(the_connection_and_the_token_are_kept) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  for (int i = 0; i < 5; ++i)
    check_coloured(annotated(reader->annotate(coloured_call(3), {}, {})), 3);
  BOOST_TEST(f.calls() == 5U);
  BOOST_TEST(f.token_calls() == 1U);
  BOOST_TEST(f.server.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(engines_of_one_provider_share_the_token) {
  google_fixture f;
  const auto provider =
      std::get<std::unique_ptr<google_provider>>(make_google_provider(f.settings(), direct_readers()));
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i)
      workers.emplace_back([&] { provider->make()->annotate(coloured_call(2), {}, {}); });
  }
  BOOST_TEST(f.calls() == 4U);
  BOOST_TEST(f.token_calls() == 1U);
}

BOOST_AUTO_TEST_CASE(every_way_to_be_let_in) {
  google_fixture f;
  auto settings = f.settings_with_key();
  settings.language_hints = {"en"};
  check_coloured(annotated(engine_with(settings)->annotate(coloured_call(2), {}, {})), 2);
  BOOST_TEST(f.token_calls() == 0U);
  BOOST_TEST(f.server.calls().back().language_hints == std::vector<std::string>{"en"},
             boost::test_tools::per_element());

  settings = f.settings_on_machine();
  settings.quota_project = "who-pays";
  auto call = coloured_call(2);
  call.language_hints = {"zh-Hans", "ja"};
  check_coloured(annotated(engine_with(settings)->annotate(call, {}, {})), 2);
  BOOST_TEST(f.server.calls(request_kind::metadata) == 1U);
  BOOST_TEST(f.server.calls().back().user_project == "who-pays");
  BOOST_TEST(f.server.calls().back().language_hints == call.language_hints, boost::test_tools::per_element());

  settings = f.settings();
  settings.location = "eu";
  check_coloured(annotated(engine_with(settings)->annotate(coloured_call(2), {}, {})), 2);
  BOOST_TEST(f.server.calls().back().path == "/v1/projects/fake-project/locations/eu/images:annotate");
  settings.project = "another";
  check_coloured(annotated(engine_with(settings)->annotate(coloured_call(2), {}, {})), 2);
  BOOST_TEST(f.server.calls().back().path == "/v1/projects/another/locations/eu/images:annotate");
}

BOOST_AUTO_TEST_CASE(plain_http_on_this_machine_works_too) {
  google_fixture f;
  auto settings = f.settings_with_key();
  settings.endpoint = "http://" + f.server.authority() + "/";
  check_coloured(annotated(engine_with(settings)->annotate(coloured_call(2), {}, {})), 2);
}

BOOST_AUTO_TEST_CASE(every_row_of_the_failure_table) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  annotated(reader->annotate(coloured_call(1), {}, {}));
  for (const auto& row : failure_table)
    BOOST_TEST_CONTEXT(row.name) {
      const auto before = f.calls();
      f.server.add(row.planned);
      const auto failure = failed(reader->annotate(coloured_call(row.pictures), {}, {}));
      BOOST_TEST(to_string(failure.code) == to_string(row.code), failure.detail);
      BOOST_TEST(failure.sent);
      BOOST_TEST(failure.splittable == row.splittable);
      BOOST_TEST(failure.retry_after.has_value() == row.retry_after.has_value());
      if (failure.retry_after && row.retry_after)
        BOOST_TEST(failure.retry_after->count() == duration{*row.retry_after}.count());
      BOOST_TEST(failure.detail.find(row.says) != std::string::npos, failure.detail);
      // One attempt is one call, whatever happens to it.
      BOOST_TEST(f.calls() == before + 1);
    }
  BOOST_TEST(f.token_calls() == 1U);
  check_coloured(annotated(reader->annotate(coloured_call(3), {}, {})), 3);
}

BOOST_AUTO_TEST_CASE(the_true_limits_of_the_other_side) {
  google_fixture f{{.max_request_bytes = 3000, .max_pixels = 64 * 32 * 4}};
  const auto reader = engine_with(f.settings());
  auto failure = failed(reader->annotate(coloured_call(6), {}, {}));
  BOOST_TEST(to_string(failure.code) == "request_rejected");
  BOOST_TEST(failure.splittable);
  check_coloured(annotated(reader->annotate(coloured_call(3), {}, {})), 3);
  failure = failed(reader->annotate(call_of({picture_of("noisy", png_of(gradient(600, 300, 3)))}), {}, {}));
  BOOST_TEST(to_string(failure.code) == "request_rejected");
  BOOST_TEST(failure.detail.find("payload size exceeds the limit: 3000 bytes") != std::string::npos, failure.detail);
  BOOST_TEST(!failure.splittable);
}

BOOST_AUTO_TEST_CASE(one_unreadable_picture_gets_its_own_error) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  f.server.add({.message = "Bad image data.", .image_code = 3});
  const auto result = annotated(reader->annotate(coloured_call(1), {}, {}));
  BOOST_REQUIRE(result.pictures.size() == 1U);
  BOOST_TEST(!result.pictures[0].recognised);
  BOOST_TEST(result.pictures[0].error == "Google Vision cannot read it: Bad image data.");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_too_large_is_asked_for_in_halves) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  const std::string longest = R"({"responses":[{}]})" + std::string(64 * 1024 * 1024 - 18, ' ');
  std::string symbols =
      R"({"responses":[{"fullTextAnnotation":{"pages":[{"blocks":[{"paragraphs":[{"words":[{"symbols":[)";
  for (int i = 0; i < 1'000'001; ++i)
    symbols += i == 0 ? R"({"text":"x"})" : R"(,{"text":"x"})";
  symbols += "]}]}]}]}]}}]}";
  for (const auto& body : {longest + ' ', symbols}) {
    f.server.add({.times = 2, .body = body});
    const auto failure = failed(reader->annotate(coloured_call(2), {}, {}));
    BOOST_TEST(to_string(failure.code) == "request_rejected");
    BOOST_TEST(failure.splittable);
    BOOST_TEST(failure.sent);
    BOOST_TEST(!failure.retry_after.has_value());
    BOOST_TEST(failure.detail.find("too large") != std::string::npos, failure.detail);

    const auto alone = annotated(reader->annotate(coloured_call(1), {}, {}));
    BOOST_REQUIRE(alone.pictures.size() == 1U);
    BOOST_TEST(!alone.pictures[0].recognised);
    BOOST_TEST(alone.pictures[0].error == failure.detail);
  }
  f.server.add({.body = longest});
  BOOST_TEST(text(annotated(reader->annotate(coloured_call(1), {}, {})).pictures.at(0)).empty());

  // An error is what its status says, however long it is.
  f.server.add({.status = 503, .body = longest + ' '});
  BOOST_TEST(to_string(failed(reader->annotate(coloured_call(2), {}, {})).code) == "engine_unavailable");
}

BOOST_AUTO_TEST_CASE(half_a_character_costs_only_its_symbol) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  f.server.add(
      {.body = R"({"responses":[{"fullTextAnnotation":{"pages":[{"blocks":[{"paragraphs":[{"words":[{"symbols":[
                {"text":"a"},{"text":"\ud800"},{"text":"b"}]}]}]}]}]}}]})"});
  const auto result = annotated(reader->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(text(result.pictures.at(0)) == "a\xef\xbf\xbd"
                                            "b");
  f.server.add({.status = 400, .body = "{\"error\":{\"message\":\"API key \xff\\ud800 not valid.\"}}"});
  const auto failure = failed(reader->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "account_refused");
  BOOST_TEST(failure.detail.ends_with("API key \xef\xbf\xbd\xef\xbf\xbd not valid."), failure.detail);
}

BOOST_AUTO_TEST_CASE(halving_finds_the_poisonous_picture) {
  google_fixture f;
  f.server.add({.times = 0, .if_colour = {{0xff, 0x00, 0xff}}, .message = "Bad image data.", .image_code = 3});
  const auto reader = engine_with(f.settings());
  auto call = coloured_call(8);
  call.pictures[5] = solid_picture("poison", 64, 32, {0xff, 0x00, 0xff});
  std::vector<picture_outcome> outcomes(8);
  const std::function<void(std::size_t, std::size_t)> read = [&](std::size_t first, std::size_t count) {
    const auto begin = call.pictures.begin() + static_cast<std::ptrdiff_t>(first);
    const auto outcome = reader->annotate(call_of({begin, begin + static_cast<std::ptrdiff_t>(count)}), {}, {});
    if (const auto* failure = std::get_if<call_failure>(&outcome)) {
      BOOST_REQUIRE(failure->splittable);
      read(first, count / 2);
      read(first + count / 2, count - count / 2);
    } else {
      std::ranges::copy(std::get<annotation>(outcome).pictures, outcomes.begin() + static_cast<std::ptrdiff_t>(first));
    }
  };
  read(0, 8);
  BOOST_TEST(f.calls() == 7U);
  for (std::size_t i = 0; i < 8; ++i)
    if (i == 5)
      BOOST_TEST(outcomes[i].error.find("Bad image data.") != std::string::npos);
    else
      BOOST_TEST(text(outcomes[i]) == coloured_text(i));
}

BOOST_AUTO_TEST_CASE(a_damaged_picture_fails_alone_and_costs_nothing_alone) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  auto file = png_of(gradient(300, 200, 3));
  file[file.size() / 2] ^= 1;
  const auto damaged = picture_of("damaged", file);
  auto call = coloured_call(3);
  call.pictures[1] = damaged;
  const auto result = annotated(reader->annotate(call, {}, {}));
  BOOST_REQUIRE(result.pictures.size() == 3U);
  BOOST_TEST(text(result.pictures[0]) == coloured_text(0));
  BOOST_TEST(!result.pictures[1].recognised);
  BOOST_TEST(result.pictures[1].error.starts_with("the PNG cannot be decoded"));
  BOOST_TEST(text(result.pictures[2]) == coloured_text(2));
  BOOST_TEST(f.calls() == 1U);

  const auto alone = failed(reader->annotate(call_of({damaged}), {}, {}));
  BOOST_TEST(to_string(alone.code) == "request_rejected");
  BOOST_TEST(alone.detail.starts_with("the PNG cannot be decoded"));
  BOOST_TEST(!alone.sent);
  BOOST_TEST(!alone.splittable);
  const auto together = failed(reader->annotate(call_of({damaged, damaged}), {}, {}));
  BOOST_TEST(!together.sent);
  BOOST_TEST(together.splittable);
  BOOST_TEST(f.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_read_in_the_rows_of_a_damaged_picture_is_dropped) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  // Half of it is drawn, and the fake reads something there.
  const auto whole = png_of(noise(64, 400, 3));
  auto call = coloured_call(3);
  call.pictures[1] = picture_of("whole", whole);
  const auto complete = annotated(reader->annotate(call, {}, {}));
  BOOST_REQUIRE(complete.pictures.size() == 3U);
  BOOST_TEST(text(complete.pictures[1]) != "");

  auto cut = picture_of("cut", whole);
  cut.bytes = make_picture_bytes(whole.substr(0, whole.size() / 2));
  call.pictures[1] = cut;
  const auto result = annotated(reader->annotate(call, {}, {}));
  BOOST_REQUIRE(result.pictures.size() == 3U);
  BOOST_TEST(!result.pictures[1].recognised);
  BOOST_TEST(result.pictures[1].error == "the PNG cannot be decoded: it is cut short");
  BOOST_TEST(text(result.pictures[0]) == coloured_text(0));
  BOOST_TEST(text(result.pictures[2]) == coloured_text(2));
}

BOOST_AUTO_TEST_CASE(what_is_missing_of_a_picture_is_told_beside_its_text) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  const auto whole = jpeg_of(gradient(64, 320, 3));
  auto cut = picture_of("cut", whole);
  cut.bytes = make_picture_bytes(whole.substr(0, whole.size() - 20));
  auto call = coloured_call(2);
  call.pictures[1] = cut;
  const auto result = annotated(reader->annotate(call, {}, {}));
  BOOST_REQUIRE(result.pictures.size() == 2U);
  BOOST_TEST(warning_of(result.pictures[0]) == "");
  BOOST_TEST(result.pictures[1].recognised);
  BOOST_TEST(result.pictures[1].error == "");
  BOOST_TEST(warning_of(result.pictures[1]).starts_with("the JPEG is damaged: its last "),
             warning_of(result.pictures[1]));
}

BOOST_AUTO_TEST_CASE(what_exceeds_googles_limits_is_not_sent) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  auto call = coloured_call(2);
  for (auto& picture : call.pictures)
    picture.info.height = 40'000;
  auto failure = failed(reader->annotate(call, {}, {}));
  BOOST_TEST(to_string(failure.code) == "request_rejected");
  BOOST_TEST(!failure.sent);
  BOOST_TEST(failure.splittable);
  call.pictures.resize(1);
  call.pictures[0].info.width = 40'000;
  failure = failed(reader->annotate(call, {}, {}));
  BOOST_TEST(!failure.sent);
  BOOST_TEST(!failure.splittable);
  BOOST_TEST(f.calls() == 0U);
}

BOOST_AUTO_TEST_CASE(quality_is_lowered_to_keep_googles_limit) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  // A file that is accepted; coded at the usual quality it has more than 20 MB.
  const auto photograph = picture_of("photograph", jpeg_of(noise(5200, 3600, 3), {.quality = 80}));
  const auto result = annotated(reader->annotate(call_of({photograph}), {}, {}));
  BOOST_REQUIRE(result.pictures.size() == 1U);
  BOOST_TEST(result.pictures[0].error == "");
  BOOST_TEST(f.calls() == 1U);

  // Three are too much at any.
  const auto failure = failed(reader->annotate(call_of({photograph, photograph, photograph}), {}, {}));
  BOOST_TEST(to_string(failure.code) == "request_rejected");
  BOOST_TEST(failure.detail.find("20000000 bytes") != std::string::npos, failure.detail);
  BOOST_TEST(!failure.sent);
  BOOST_TEST(failure.splittable);
  BOOST_TEST(f.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(a_401_renews_the_token_at_the_next_attempt) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  annotated(reader->annotate(coloured_call(1), {}, {}));
  f.server.revoke_tokens();
  const auto failure = failed(reader->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "engine_unavailable");
  BOOST_TEST(failure.sent);
  BOOST_TEST(!failure.retry_after.has_value());
  BOOST_TEST(f.calls() == 2U);
  BOOST_TEST(f.token_calls() == 1U);
  check_coloured(annotated(reader->annotate(coloured_call(1), {}, {})), 1);
  BOOST_TEST(f.token_calls() == 2U);
}

BOOST_AUTO_TEST_CASE(a_401_for_a_new_token_too_is_the_operators_business) {
  google_fixture f;
  const auto reader = engine_with(f.settings());
  f.server.add({.times = 3, .status = 401, .message = "Request had invalid authentication credentials."});
  const auto first = failed(reader->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(first.code) == "engine_unavailable");
  BOOST_TEST(!first.unprocessed);
  const auto failure = failed(reader->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "account_refused");
  BOOST_TEST(failure.sent);
  BOOST_TEST(failure.unprocessed);
  BOOST_TEST(to_string(failed(reader->annotate(coloured_call(1), {}, {})).code) == "account_refused");
  check_coloured(annotated(reader->annotate(coloured_call(1), {}, {})), 1);
  f.server.add({.status = 401});
  BOOST_TEST(to_string(failed(reader->annotate(coloured_call(1), {}, {})).code) == "engine_unavailable");
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_the_operators_business) {
  google_fixture f;
  auto failure = failed(engine_with(f.settings_with_key("wrong-key"))->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "account_refused");
  BOOST_TEST(failure.detail == "Google Vision answered 400 (API_KEY_INVALID): API key not valid. Please pass a valid "
                               "API key.");
  BOOST_TEST(failure.unprocessed);
  f.server.add({.status = 401});
  failure = failed(engine_with(f.settings_with_key())->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "account_refused");
  BOOST_TEST(failure.sent);
  BOOST_TEST(failure.unprocessed);
}

BOOST_AUTO_TEST_CASE(without_a_token_nothing_is_sent) {
  google_fixture f;
  f.server.add({.of = request_kind::token, .status = 400, .reason = "invalid_grant"});
  const auto failure = failed(engine_with(f.settings())->annotate(coloured_call(1), {}, {}));
  BOOST_TEST(to_string(failure.code) == "account_refused");
  BOOST_TEST(!failure.sent);
  BOOST_TEST(!failure.unprocessed);
  BOOST_TEST(f.calls() == 0U);
}

BOOST_AUTO_TEST_CASE(time_outs_count_as_sent) {
  google_fixture f;
  auto settings = f.settings();
  settings.timeout = 300ms;
  const auto reader = engine_with(settings);
  for (const fake::fault& planned :
       {fake::fault{.stall = true}, fake::fault{.delay = 5s}, fake::fault{.drip = 200ms}}) {
    f.server.add(planned);
    const auto failure = failed(reader->annotate(coloured_call(2), {}, {}));
    BOOST_TEST(to_string(failure.code) == "engine_unavailable");
    BOOST_TEST(failure.sent);
    BOOST_TEST(!failure.splittable);
  }
  BOOST_TEST(f.calls() == 3U);
  check_coloured(annotated(reader->annotate(coloured_call(2), {}, {})), 2);
}

BOOST_AUTO_TEST_CASE(a_slow_answer_is_an_answer) {
  google_fixture f;
  f.server.add({.delay = 50ms, .drip = 1ms});
  check_coloured(annotated(engine_with(f.settings())->annotate(coloured_call(2), {}, {})), 2);
}

BOOST_AUTO_TEST_CASE(without_a_connection_nothing_was_sent) {
  google_config settings;
  std::string ca;
  {
    google_fixture gone;
    settings = gone.settings_with_key();
    settings.ca_file.clear();
  }
  const auto refused = failed(engine_with(settings)->annotate(coloured_call(2), {}, {}));
  BOOST_TEST(to_string(refused.code) == "engine_unavailable");
  BOOST_TEST(!refused.sent);

  google_fixture f;
  const auto reader = engine_with(f.settings_with_key());
  f.server.outage_for(1h, 0);
  const auto closed = failed(reader->annotate(coloured_call(2), {}, {}));
  BOOST_TEST(to_string(closed.code) == "engine_unavailable");
  BOOST_TEST(!closed.sent);
  f.server.outage_for(0s);

  auto stranger = f.settings_with_key();
  stranger.ca_file.clear();
  const auto untrusted = failed(engine_with(stranger)->annotate(coloured_call(2), {}, {}));
  BOOST_TEST(to_string(untrusted.code) == "engine_unavailable");
  BOOST_TEST(!untrusted.sent);
  BOOST_TEST(f.calls() == 0U);

  check_coloured(annotated(reader->annotate(coloured_call(2), {}, {})), 2);
}

BOOST_AUTO_TEST_CASE(a_server_that_comes_back_is_found_again) {
  std::optional<google_fixture> first{std::in_place};
  auto settings = first->settings_with_key();
  // Plain: the next server has another certificate.
  settings.endpoint = "http://" + first->server.authority();
  const auto port = first->server.port();
  const auto reader = engine_with(settings);
  check_coloured(annotated(reader->annotate(coloured_call(2), {}, {})), 2);
  first.reset();
  const auto failure = failed(reader->annotate(coloured_call(2), {}, {}));
  BOOST_TEST(to_string(failure.code) == "engine_unavailable");
  const google_fixture second{{.port = port}};
  check_coloured(annotated(reader->annotate(coloured_call(2), {}, {})), 2);
  BOOST_TEST(second.calls() == 1U);
}

BOOST_AUTO_TEST_CASE(an_outage_ends) {
  google_fixture f;
  const auto reader = engine_with(f.settings_with_key());
  f.server.outage_for(1h);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(to_string(failed(reader->annotate(coloured_call(1), {}, {})).code) == "engine_unavailable");
  f.server.outage_for(0s);
  check_coloured(annotated(reader->annotate(coloured_call(1), {}, {})), 1);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_call_at_once) {
  google_fixture f;
  for (const auto& planned : {fake::fault{.stall = true}, fake::fault{.drip = 100ms}}) {
    const auto [failure, latency] = stopped(f, planned);
    BOOST_TEST(to_string(failure.code) == "cancelled");
    BOOST_TEST(failure.sent);
    BOOST_TEST(latency.count() < 500);
    BOOST_TEST_MESSAGE("a stop took " << latency.count() << " ms");
  }
  const auto [failure, latency] = stopped(f, {.of = request_kind::token, .stall = true});
  BOOST_TEST(to_string(failure.code) == "cancelled");
  BOOST_TEST(!failure.sent);
  BOOST_TEST(latency.count() < 500);

  const auto before = f.calls();
  std::stop_source stop;
  stop.request_stop();
  const auto early = failed(engine_with(f.settings())->annotate(coloured_call(2), stop.get_token(), {}));
  BOOST_TEST(to_string(early.code) == "cancelled");
  BOOST_TEST(!early.sent);
  BOOST_TEST(f.calls() == before);
}

BOOST_AUTO_TEST_CASE(no_secret_is_ever_told) {
  google_fixture f;
  const std::string key = "planted-key-7cdd1b";
  const auto by_account = engine_with(f.settings());
  const auto by_key = engine_with(f.settings_with_key(key));
  const auto check = [&](engine& reader, const fake::fault& planned) {
    f.server.add(planned);
    const auto outcome = reader.annotate(coloured_call(1), {}, {});
    const auto* failure = std::get_if<call_failure>(&outcome);
    const auto told = failure != nullptr ? failure->detail : std::get<annotation>(outcome).pictures.at(0).error;
    BOOST_TEST(!told.empty());
    BOOST_TEST(told.find(key) == std::string::npos, told);
    BOOST_TEST(told.find("fake-token-") == std::string::npos, told);
    BOOST_TEST(told.find("eyJ") == std::string::npos, told);
    BOOST_TEST(told.size() < 700U);
  };
  for (const auto& planned : fake::echoes_of_credentials()) {
    check(*by_account, planned);
    check(*by_key, planned);
  }
  f.server.revoke_tokens();
  f.server.add(
      {.of = request_kind::token, .status = 400, .message = "You sent {credentials}", .reason = "{credentials}"});
  // Its token is refused, then another is asked for.
  check(*by_account, {.status = 401});
  check(*by_account, {});
}

BOOST_AUTO_TEST_CASE(the_body_is_the_same_however_it_is_read) {
  BOOST_TEST(rc::check("annotate_request", [](const std::string& head) {
    std::string image = head;
    image.resize(*rc::gen::inRange<std::size_t>(0, 120'000), 'x');
    const auto hints = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
    const auto cut = *rc::gen::inRange<std::size_t>(0, image.size() + 1);
    const std::string_view whole = image;
    const std::vector<held_bytes> parts{{whole.substr(0, cut), nullptr}, {{}, nullptr}, {whole.substr(cut), nullptr}};
    annotate_request body{parts, hints};
    std::string text;
    std::vector<char> buffer(*rc::gen::inRange<std::size_t>(1, 70'000));
    while (const auto count = body.read(buffer.data(), buffer.size()))
      text.append(buffer.data(), count);
    RC_ASSERT(text.size() == body.size());
    const std::string_view before = R"("image":{"content":")", after = R"("}}]})";
    const auto start = text.find(before) + before.size();
    RC_ASSERT(text.ends_with(after));
    RC_ASSERT(decode_base64(text.substr(start, text.size() - after.size() - start)) == image);
    RC_ASSERT((text.find("languageHints") == std::string::npos) == hints.empty());
  }));
}

BOOST_AUTO_TEST_SUITE_END()
