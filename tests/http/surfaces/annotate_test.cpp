// Google Cloud Vision's paths over real sockets, with a gateway whose jobs the test writes.
#include "../gunzipped.hpp"
#include "../server_fixture.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "support/service_process.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

const std::string images_path = "/v1/images:annotate";
const std::string files_path = "/v1/files:annotate";

std::string image_request(std::string_view file, std::string_view more = "") {
  return R"({"features":[{"type":"TEXT_DETECTION"}],"image":{"content":")" + to_base64(file) + "\"}" +
         std::string{more} + "}";
}

std::string requests(const std::vector<std::string>& all) {
  std::string text = R"({"requests":[)";
  for (std::size_t i = 0; i < all.size(); ++i)
    text += (i == 0 ? "" : ",") + all[i];
  return text + "]}";
}

const std::string one_image = requests({image_request(png_header(10, 20))});

std::string file_request(std::string_view file, std::string_view more = "") {
  return requests({R"({"features":[{"type":11}],"inputConfig":{"mimeType":"image/tiff","content":")" + to_base64(file) +
                   "\"}" + std::string{more} + "}"});
}

/// The whole of an error, after checking that its answer has Google's form: its status in text, and its reason.
std::string rpc_error_of(const http_answer& answer) {
  if (answer.header("content-type") != "application/json" ||
      field(answer.body, "/error/code") != std::to_string(answer.status) ||
      field(answer.body, "/error/message").empty() ||
      field(answer.body, "/error/details/0/@type") != "type.googleapis.com/google.rpc.ErrorInfo" ||
      field(answer.body, "/error/details/0/domain") != "glyphgate")
    return "no google.rpc.Status: " + answer.body;
  return field(answer.body, "/error/status") + " " + field(answer.body, "/error/details/0/reason");
}

std::string key(std::uint8_t number) {
  return std::string{api_key_of({number}).reveal()};
}

/// The gateway takes every job, and each of them reads every picture's id.
struct annotate_fixture : server_fixture {
  annotate_fixture() {
    gate.on_submit = [this](const auto& spec, const auto& done) {
      submission s;
      {
        const std::lock_guard lock{mutex};
        s.id = "job" + std::to_string(jobs.size());
        jobs.emplace_back(s.id, spec);
      }
      done(s);
    };
    gate.on_wait = [this](const job_id& id, duration at_most, const auto& done) {
      {
        const std::lock_guard lock{mutex};
        waits.push_back(at_most);
      }
      done(ended(id));
    };
  }

  std::shared_ptr<const job_spec> spec_of(const job_id& id) const {
    const std::lock_guard lock{mutex};
    for (const auto& [name, spec] : jobs)
      if (name == id)
        return spec;
    throw std::runtime_error{"no such job"};
  }

  job_view_ptr ended(const job_id& id) const {
    auto result = std::make_shared<job_result>();
    for (const auto& p : spec_of(id)->pictures)
      result->pictures.push_back({p.id, outcome_of(p)});
    const auto view = std::make_shared<job_view>();
    view->id = id;
    view->status = job_status::completed;
    view->result = std::move(result);
    return view;
  }

  virtual picture_outcome outcome_of(const picture& p) const {
    const auto read = std::make_shared<recognition>();
    for (const char c : p.id)
      read->symbols.push_back({std::string{c}, {1, 2, 3, 4}, 0.5F});
    return {read, ""};
  }

  http_answer annotate(std::string_view body, const std::string& target = images_path,
                       const std::string& headers = {}) const {
    return call("POST", target, "Content-Type: application/json\r\n" + headers, body);
  }

  mutable std::mutex mutex;
  std::vector<std::pair<job_id, std::shared_ptr<const job_spec>>> jobs;
  std::vector<duration> waits;
};

std::string text_of_response(const http_answer& answer, std::size_t i) {
  return field(answer.body, ("/responses/" + std::to_string(i) + "/fullTextAnnotation/text").c_str());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(annotate_api_over_http, annotate_fixture)

BOOST_AUTO_TEST_CASE(an_image_is_a_job_that_is_waited_for) {
  start();
  const auto answer = annotate(one_image);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.header("content-type") == "application/json");
  BOOST_TEST(text_of_response(answer, 0) == "1");
  BOOST_TEST(field(answer.body, "/responses/0/fullTextAnnotation/pages/0/width") == "10");
  BOOST_TEST(field(answer.body, "/responses/0/fullTextAnnotation/pages/0/height") == "20");
  BOOST_TEST(field(answer.body, "/responses/0/fullTextAnnotation/pages/0/blocks/0/blockType") == "TEXT");
  BOOST_TEST(field(answer.body, "/responses/0/textAnnotations/0/description") == "1");
  BOOST_TEST_REQUIRE(waits.size() == 1U);
  BOOST_TEST(waits[0].count() == duration{60s}.count());
}

BOOST_AUTO_TEST_CASE(all_forms_of_the_path_and_of_its_query) {
  start();
  for (const std::string path :
       {"/v1/images:annotate", "/v1/projects/p1/images:annotate", "/v1/projects/p1/locations/eu/images:annotate",
        "/v1/images%3Aannotate", "/v1/images%3aannotate", "/v1/projects/p%31/locations/us/images%3Aannotate"})
    for (const std::string query :
         {"", "?$alt=json%3Benum-encoding=int", "?%24alt=json%3Benum-encoding%3Dint",
          "?key=&alt=json&prettyPrint=false", "?fields=responses&quotaUser=x&%24.xgafv=1&uploadType=media&bad=%zz"}) {
      const auto answer = annotate(one_image, path + query);
      BOOST_TEST(answer.status == 200, path << query);
      BOOST_TEST(field(answer.body, "/responses/0/fullTextAnnotation/pages/0/blocks/0/blockType") ==
                     (query.find("enum") == std::string::npos ? "TEXT" : "1"),
                 path << query);
    }
}

BOOST_AUTO_TEST_CASE(other_paths_and_methods_are_refused_in_googles_form) {
  start();
  for (const std::string path :
       {"/v1/", "/v1/images", "/v1/images:annotates", "/v1/images:annotate/x", "/v1/images%annotate",
        "/v1/projects//images:annotate", "/v1/projects/p1/locations/images:annotate", "/v1/operations/1",
        "/v1/projects/p1/operations/5", "/v1/projects/p1/locations/eu/products"}) {
    const auto answer = annotate(one_image, path);
    BOOST_TEST(answer.status == 404, path);
    BOOST_TEST(rpc_error_of(answer) == "NOT_FOUND NOT_FOUND");
  }
  for (const auto* method : {"GET", "DELETE", "PUT"}) {
    const auto answer = call(method, images_path);
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.header("allow") == "POST");
    BOOST_TEST(rpc_error_of(answer) == "UNIMPLEMENTED METHOD_NOT_ALLOWED");
  }
  BOOST_TEST(call("OPTIONS", "/v1/projects/p/images:annotate").header("allow") == "POST, OPTIONS");
  BOOST_TEST(annotate(one_image, "/v1/images:annotate/").status == 308);
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(what_needs_cloud_storage_is_not_implemented) {
  start();
  for (const std::string path :
       {"/v1/images:asyncBatchAnnotate", "/v1/files:asyncBatchAnnotate", "/v1/projects/p/files:asyncBatchAnnotate",
        "/v1/projects/p/locations/eu/images%3AasyncBatchAnnotate"}) {
    const auto answer = annotate(one_image, path);
    BOOST_TEST(answer.status == 501, path);
    BOOST_TEST(rpc_error_of(answer) == "UNIMPLEMENTED NOT_IMPLEMENTED");
    BOOST_TEST(field(answer.body, "/error/message").find("images:annotate") != std::string::npos);
  }
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(images_of_equal_hints_are_one_job_and_answers_keep_their_order) {
  start();
  const auto with = [](std::string_view marker, const std::string& hints) {
    return image_request(png_header(10, 20, marker), R"(,"imageContext":{"languageHints":[)" + hints + "]}");
  };
  const auto answer =
      annotate(requests({with("a", R"("en")"), with("b", ""), with("c", R"("en")"), with("d", R"("zh")")}));
  BOOST_TEST(answer.status == 200);
  for (std::size_t i = 0; i < 4; ++i)
    BOOST_TEST(text_of_response(answer, i) == std::to_string(i + 1));
  BOOST_TEST(jobs.size() == 3U);
}

BOOST_AUTO_TEST_CASE(one_image_that_is_at_fault_does_not_fail_the_others) {
  start();
  const auto answer = annotate(
      requests({image_request("no picture"), image_request(png_header(10, 20)), "{}",
                R"({"features":[{"type":4},{"type":5}],"image":{"content":")" + to_base64(png_header(1, 2)) + "\"}}",
                R"({"features":[{"type":5}],"image":{"source":{"imageUri":"http://169.254.169.254/"}}})"}));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(field(answer.body, "/responses/0/error/code") == "3");
  BOOST_TEST(field(answer.body, "/responses/1/error") == "missing");
  BOOST_TEST(text_of_response(answer, 1) == "2");
  BOOST_TEST(field(answer.body, "/responses/2/error/code") == "3");
  BOOST_TEST(field(answer.body, "/responses/3/error/code") == "12");
  BOOST_TEST(text_of_response(answer, 3) == "4");
  BOOST_TEST(field(answer.body, "/responses/4/error/code") == "12");
  BOOST_TEST(text_of_response(answer, 4) == "missing");
}

BOOST_AUTO_TEST_CASE(a_request_of_which_nothing_is_read_makes_no_job) {
  start();
  const auto answer = annotate(requests({image_request("no picture"), R"({"features":[{"type":4}]})"}));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(field(answer.body, "/responses/0/error/code") == "3");
  BOOST_TEST(field(answer.body, "/responses/1/error/code") == "12");
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(long_answers_are_packed_where_the_client_prefers_that) {
  start();
  std::vector<std::string> many;
  for (int i = 0; i < 16; ++i)
    many.push_back(image_request(png_header(10, 20, std::to_string(i))));
  const auto plain = annotate(requests(many));
  const auto packed = annotate(requests(many), images_path, "Accept-Encoding: gzip, deflate, br\r\n");
  BOOST_TEST(plain.header("content-encoding") == "");
  BOOST_TEST(packed.header("content-encoding") == "gzip");
  BOOST_TEST(gunzipped(packed.body) == plain.body);
}

BOOST_AUTO_TEST_CASE(pages_of_a_file) {
  start();
  const auto file = tiff_header({{10, 20}, {11, 21}, {12, 22}});
  const auto answer = annotate(file_request(file, R"(,"pages":[1,-1])"), files_path);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(field(answer.body, "/responses/0/totalPages") == "3");
  BOOST_TEST(field(answer.body, "/responses/0/inputConfig/mimeType") == "image/tiff");
  BOOST_TEST(field(answer.body, "/responses/0/responses/0/context/pageNumber") == "1");
  BOOST_TEST(field(answer.body, "/responses/0/responses/1/context/pageNumber") == "3");
  BOOST_TEST(field(answer.body, "/responses/0/responses/1/fullTextAnnotation/text") == "1#3");
  BOOST_TEST(field(answer.body, "/responses/0/responses/1/fullTextAnnotation/pages/0/width") == "12");
  const auto pdf = annotate(file_request("%PDF-1.4"), files_path);
  BOOST_TEST(pdf.status == 200);
  // The service of these tests has nothing that reads PDFs.
  BOOST_TEST(field(pdf.body, "/responses/0/error/code") == "12");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_wrong_is_an_invalid_argument) {
  settings.http.max_body_mb = 1;
  start();
  const std::pair<std::string, std::string> all[] = {
      {"{", "INVALID_ARGUMENT MALFORMED_REQUEST"},
      {"", "INVALID_ARGUMENT MALFORMED_REQUEST"},
      {"[]", "INVALID_ARGUMENT MALFORMED_REQUEST"},
      {R"({"requests":[{"image":3}]})", "INVALID_ARGUMENT MALFORMED_REQUEST"},
      {R"({"requests":[]})", "INVALID_ARGUMENT INVALID_REQUEST"},
      {std::string(1 << 21, ' '), "INVALID_ARGUMENT BODY_TOO_LARGE"}};
  for (const auto& [body, told] : all) {
    const auto answer = annotate(body);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(rpc_error_of(answer) == told);
  }
  BOOST_TEST(rpc_error_of(call("POST", images_path, "Content-Type: text/plain\r\n", one_image)) ==
             "INVALID_ARGUMENT UNSUPPORTED_MEDIA_TYPE");
  BOOST_TEST(rpc_error_of(annotate(one_image, images_path, "Content-Encoding: gzip\r\n")) ==
             "INVALID_ARGUMENT UNSUPPORTED_CODING");
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(too_many_images) {
  settings.limits.pages_per_job = 2;
  start();
  const auto with = [](std::string_view marker, std::string_view hint) {
    return image_request(png_header(10, 20, marker),
                         R"(,"imageContext":{"languageHints":[")" + std::string{hint} + "\"]}");
  };
  BOOST_TEST(annotate(requests({with("a", "en"), with("b", "zh")})).status == 200);
  const auto answer = annotate(requests({with("a", "en"), with("b", "zh"), with("c", "en")}));
  BOOST_TEST(rpc_error_of(answer) == "INVALID_ARGUMENT INVALID_REQUEST");
  BOOST_TEST(jobs.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_the_registry_refuses) {
  submission refused;
  gate.on_submit = [&](const auto&, const auto& done) { done(refused); };
  start();
  struct told {
    ec code;
    std::chrono::seconds wait;
    int status;
    std::string error;
  };
  for (const auto& [code, wait, status, error] : {told{ec::rate_limited, 42s, 429, "RESOURCE_EXHAUSTED RATE_LIMITED"},
                                                  told{ec::breaker_open, 300s, 429, "RESOURCE_EXHAUSTED BREAKER_OPEN"},
                                                  told{ec::breaker_open, 3s, 503, "UNAVAILABLE BREAKER_OPEN"},
                                                  told{ec::calls_stopped, 60s, 429, "RESOURCE_EXHAUSTED CALLS_STOPPED"},
                                                  told{ec::queue_full, 5s, 503, "UNAVAILABLE QUEUE_FULL"},
                                                  told{ec::store_full, 30s, 429, "RESOURCE_EXHAUSTED STORE_FULL"}}) {
    refused.refused = code;
    refused.detail = "as it is";
    refused.retry_after = wait;
    const auto answer = annotate(one_image);
    BOOST_TEST(answer.status == status);
    BOOST_TEST(rpc_error_of(answer) == error);
    BOOST_TEST(answer.header("retry-after") == std::to_string(wait.count()));
    BOOST_TEST(field(answer.body, "/error/details/1/retryDelay") == std::to_string(wait.count()) + "s");
    BOOST_TEST(field(answer.body, "/error/message").ends_with(": as it is"));
  }
  refused.refused = ec::job_too_large;
  refused.retry_after.reset();
  BOOST_TEST(rpc_error_of(annotate(one_image)) == "INVALID_ARGUMENT JOB_TOO_LARGE");
  BOOST_TEST(waits.empty());
}

BOOST_AUTO_TEST_CASE(of_several_jobs_one_refusal_refuses_the_request) {
  gate.on_submit = [this](const auto& spec, const auto& done) {
    submission s;
    if (spec->language_hints.empty())
      s.refused = ec::rate_limited;
    s.id = "job0";
    jobs.emplace_back(s.id, spec);
    done(s);
  };
  std::promise<job_id> left;
  gate.on_wait = [](const auto&, auto, const auto&) {};
  gate.on_leave = [&](const job_id& id) { left.set_value(id); };
  start();
  // The jobs go in by their hints: none comes first.
  const auto answer =
      annotate(requests({image_request(png_header(10, 20), R"(,"imageContext":{"languageHints":["en"]})"),
                         image_request(png_header(9, 9))}));
  BOOST_TEST(rpc_error_of(answer) == "RESOURCE_EXHAUSTED RATE_LIMITED");
  // The other job is waited for no more.
  BOOST_TEST((left.get_future().wait_for(test_patience) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(the_wait_ends_at_the_deadline_while_the_work_goes_on) {
  settings.http.facade_timeout = 7s;
  gate.on_submit = [this, submit = gate.on_submit](const auto& spec, const auto& done) {
    now = now.load() + 3s;
    submit(spec, done);
  };
  gate.on_wait = [this](const job_id&, duration at_most, const auto& done) {
    waits.push_back(at_most);
    done(pending_job("x"));
  };
  bool cancelled = false;
  gate.on_cancel = [&](const auto&, const auto&) { cancelled = true; };
  start();
  const auto answer = annotate(one_image);
  BOOST_TEST(answer.status == 504);
  BOOST_TEST(rpc_error_of(answer) == "DEADLINE_EXCEEDED DEADLINE_EXCEEDED");
  BOOST_TEST_REQUIRE(waits.size() == 1U);
  BOOST_TEST(waits[0].count() == duration{4s}.count());
  BOOST_TEST(!cancelled);
}

BOOST_AUTO_TEST_CASE(a_gateway_that_does_not_answer_is_unavailable) {
  gate.on_wait = [](const auto&, auto, const auto& done) { done(ec::no_answer); };
  start();
  BOOST_TEST(rpc_error_of(annotate(one_image)) == "UNAVAILABLE NO_ANSWER");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_wait) {
  std::promise<void> waiting;
  std::promise<job_id> left;
  gate.on_wait = [&](const auto&, auto, const auto&) { waiting.set_value(); };
  gate.on_leave = [&](const job_id& id) { left.set_value(id); };
  start();
  {
    auto client = connect();
    client.send(http_request("POST", images_path, "Content-Type: application/json\r\n", one_image));
    BOOST_TEST_REQUIRE((waiting.get_future().wait_for(test_patience) == std::future_status::ready));
  }
  auto told = left.get_future();
  BOOST_TEST_REQUIRE((told.wait_for(test_patience) == std::future_status::ready));
  BOOST_TEST(told.get() == "job0");
}

BOOST_AUTO_TEST_CASE(a_service_that_stops_takes_no_images) {
  start();
  running->refuse_new_work();
  const auto answer = annotate(one_image);
  BOOST_TEST(rpc_error_of(answer) == "UNAVAILABLE SHUTTING_DOWN");
}

BOOST_AUTO_TEST_CASE(keys_are_taken_in_every_place_and_jobs_are_their_owners) {
  keys = std::make_shared<live_keys>(
      std::make_shared<const key_ring>(std::get<key_ring>(key_ring::parse("alice:" + to_hex(sha256(key(1))) + "\n"))));
  std::vector<owner_name> askers;
  gate.on_asker = [&](const owner_name& who) { askers.push_back(who); };
  start();
  for (const auto& [target, headers] :
       {std::pair{images_path + "?key=" + key(1), std::string{}},
        std::pair{images_path + "?alt=json&key=" + key(1) + "&prettyPrint=false", std::string{}},
        std::pair{images_path, "x-goog-api-key: " + key(1) + "\r\n"},
        std::pair{images_path, "Authorization: Bearer " + key(1) + "\r\n"},
        std::pair{images_path + "?key=" + key(1), "X-Goog-Api-Key: " + key(1) + "\r\n"}})
    BOOST_TEST(annotate(one_image, target, headers).status == 200, target << headers);
  BOOST_TEST(askers == std::vector<owner_name>(5, "alice"), boost::test_tools::per_element());
  BOOST_TEST(jobs.front().second->owner == "alice");
  const auto none = annotate(one_image);
  BOOST_TEST(none.status == 401);
  BOOST_TEST(rpc_error_of(none) == "UNAUTHENTICATED API_KEY_REQUIRED");
  BOOST_TEST(field(none.body, "/error/message").find("?key=KEY") != std::string::npos);
  const auto unknown = annotate(one_image, images_path + "?key=" + key(2));
  BOOST_TEST(rpc_error_of(unknown) == "UNAUTHENTICATED API_KEY_INVALID");
  BOOST_TEST(unknown.body.find(key(2)) == std::string::npos);
  BOOST_TEST(rpc_error_of(annotate(one_image, images_path + "?key=" + key(1), "x-goog-api-key: " + key(2) + "\r\n")) ==
             "INVALID_ARGUMENT MALFORMED_REQUEST");
  BOOST_TEST(rpc_error_of(annotate(one_image, images_path + "?key=%zz")) == "INVALID_ARGUMENT MALFORMED_REQUEST");
  // Elsewhere a key in the query is none.
  BOOST_TEST(get("/ocr/jobs?key=" + key(1)).status == 401);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct failing_fixture : annotate_fixture {
  picture_outcome outcome_of(const picture& p) const override {
    if (p.id == "1")
      return {nullptr, "it cannot be decoded"};
    if (p.id == "2")
      return {nullptr, "the engine did not answer", true};
    return annotate_fixture::outcome_of(p);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(annotate_api_failures, failing_fixture)

BOOST_AUTO_TEST_CASE(what_could_not_be_read_is_the_images_error) {
  start();
  const auto answer = annotate(
      requests({image_request(png_header(1, 1)), image_request(png_header(2, 2)), image_request(png_header(3, 3))}));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(field(answer.body, "/responses/0/error/code") == "3");
  BOOST_TEST(field(answer.body, "/responses/0/error/message") == "it cannot be decoded");
  BOOST_TEST(field(answer.body, "/responses/1/error/code") == "14");
  BOOST_TEST(text_of_response(answer, 2) == "3");
}

BOOST_AUTO_TEST_CASE(a_job_without_a_result_fails_its_images) {
  gate.on_wait = [](const auto&, auto, const auto& done) {
    const auto view = std::make_shared<job_view>();
    view->status = job_status::cancelled;
    view->error = "the job was cancelled";
    done(job_view_ptr{view});
  };
  start();
  const auto answer = annotate(one_image);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(field(answer.body, "/responses/0/error/code") == "1");
  BOOST_TEST(field(answer.body, "/responses/0/error/message") == "the job was cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
