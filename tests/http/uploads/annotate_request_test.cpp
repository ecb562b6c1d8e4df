#include "../samples.hpp"
#include "http/uploads/annotate_request.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using test::body_of;

namespace {

using items = std::vector<annotate_item>;

items read(std::string_view body, annotate_kind kind = annotate_kind::images) {
  auto result = read_annotate_request(body_of(body), kind);
  if (const auto* why = std::get_if<problem>(&result))
    BOOST_FAIL("refused: " << why->detail);
  return std::get<items>(std::move(result));
}

std::string refusal(std::string_view body, annotate_kind kind = annotate_kind::images) {
  const auto result = read_annotate_request(body_of(body), kind);
  const auto* why = std::get_if<problem>(&result);
  BOOST_TEST_REQUIRE(why != nullptr, "accepted: " << body);
  BOOST_TEST((why->status == 400U || why->status == 422U));
  return why->errors.empty() ? why->detail : why->errors.front().field + ": " + why->errors.front().detail;
}

// One request with these members.
std::string of_one(const std::string& members) {
  return R"({"requests":[{)" + members + "}]}";
}

const std::string text_feature = R"("features":[{"type":"TEXT_DETECTION"}])";
const std::string hello = R"("image":{"content":"aGVsbG8="})";

bool is_error(const annotate_item& item, rpc_code code, std::string_view part) {
  return item.error && item.error->code == code && item.error->message.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(annotate_request)

BOOST_AUTO_TEST_CASE(what_googles_node_client_sends) {
  const auto got = read(R"({"requests":[{"features":[{"type":5}],"image":{"content":"aGVsbG8="}}],"labels":{}})");
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST(got[0].read);
  BOOST_TEST(!got[0].confidences);
  BOOST_TEST(got[0].bytes.view == "hello");
  BOOST_TEST((got[0].content == sha256("hello")));
  BOOST_TEST(got[0].language_hints.empty());
  BOOST_TEST(!got[0].error);
}

BOOST_AUTO_TEST_CASE(numbers_and_names_camel_and_snake_case_mean_the_same) {
  for (const auto* body : {
           R"({"requests":[{"features":[{"type":11}],"image":{"content":"Zg=="},"imageContext":{"languageHints":["en"],
              "textDetectionParams":{"enableTextDetectionConfidenceScore":true}}}],"parent":"projects/p1/locations/eu"})",
           R"({"requests":[{"features":[{"type":"TEXT_DETECTION","max_results":3,"model":"builtin/stable"}],
              "image":{"content":"Zg"},"image_context":{"language_hints":["en"],
              "text_detection_params":{"enable_text_detection_confidence_score":true}}}]})"}) {
    const auto got = read(body);
    BOOST_TEST_REQUIRE(got.size() == 1U, body);
    BOOST_TEST(got[0].read);
    BOOST_TEST(got[0].confidences);
    BOOST_TEST(got[0].bytes.view == "f");
    BOOST_TEST(got[0].language_hints == std::vector<std::string>{"en"});
    BOOST_TEST(!got[0].error);
  }
}

BOOST_AUTO_TEST_CASE(document_text_detection_brings_confidences) {
  BOOST_TEST(read(of_one(hello + R"(,"features":[{"type":"DOCUMENT_TEXT_DETECTION"}])"))[0].confidences);
  BOOST_TEST(read(of_one(hello + R"(,"features":[{"type":5},{"type":11}])"))[0].confidences);
  BOOST_TEST(!read(of_one(hello + "," + text_feature))[0].confidences);
}

BOOST_AUTO_TEST_CASE(base64_of_every_form) {
  const std::string bytes{"\xfb\xff\xfe?"};
  for (const std::string form : {"+//+Pw==", "-__-Pw==", "-__-Pw", "+//+Pw", "\\u002b//+Pw==", "+\\/\\/+Pw=="}) {
    const auto got = read(of_one(R"("image":{"content":")" + form + "\"}," + text_feature));
    BOOST_TEST(got[0].bytes.view == bytes, form);
  }
  BOOST_TEST(refusal(of_one(R"("image":{"content":"a*b="},)" + text_feature))
                 .starts_with("requests[0].image.content: it is not base64"));
}

BOOST_AUTO_TEST_CASE(unknown_members_and_nulls_are_ignored) {
  const auto got = read(R"({"x":[{"requests":1}],"requests":[{"y":{"image":3,"features":[[]]},"image":null,
      "image":{"content":"Zg==","source":null,"z":{"content":5}},"features":[{"type":5,"model":null,"w":[1]}],
      "imageContext":{"languageHints":null,"cropHintsParams":{"aspectRatios":[1.5]},"latLongRect":{}}}],"labels":{"a":"b"},
      "parent":null})");
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST(got[0].read);
  BOOST_TEST(got[0].bytes.view == "f");
  BOOST_TEST(!got[0].error);
}

BOOST_AUTO_TEST_CASE(what_is_not_offered_is_the_images_own_error) {
  struct asked {
    std::string members;
    const char* part;
    bool read;
  };
  const asked all[] = {
      {hello + R"(,"features":[{"type":"LABEL_DETECTION"}])", "LABEL_DETECTION is not offered here", false},
      {hello + R"(,"features":[{"type":4},{"type":5}])", "LABEL_DETECTION is not offered here", true},
      {hello + R"(,"features":[{"type":99}])", "the feature 99 is not offered here", false},
      {hello + R"(,"features":[{"type":5,"model":"builtin/latest"}])", "the model builtin/latest is not offered",
       false},
      {hello + R"(,"features":[{"type":5,"model":"a\u0001b"}])", "the model of 3 bytes is not offered", false},
      {hello + "," + text_feature +
           R"(,"imageContext":{"textDetectionParams":{"advancedOcrOptions":["legacy_layout"]}})",
       "advancedOcrOptions are not offered", false},
      {text_feature + R"(,"image":{"source":{"imageUri":"https://x.test/a.png"}})", "send the bytes themselves", false},
      {text_feature + R"(,"image":{"source":{"gcs_image_uri":"gs://b/a.png"}})", "send the bytes themselves", false},
  };
  for (const auto& [members, part, read_too] : all) {
    const auto got = read(of_one(members));
    BOOST_TEST_REQUIRE(got.size() == 1U);
    BOOST_TEST(is_error(got[0], rpc_code::unimplemented, part), members);
    BOOST_TEST(got[0].read == read_too, members);
  }
}

BOOST_AUTO_TEST_CASE(content_goes_before_an_address) {
  const auto got =
      read(of_one(text_feature + R"(,"image":{"source":{"imageUri":"https://x.test/a"},"content":"Zg=="})"));
  BOOST_TEST(got[0].read);
  BOOST_TEST(!got[0].error);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_the_images_own_error) {
  BOOST_TEST(is_error(read(of_one(hello))[0], rpc_code::invalid_argument, "no feature is asked for"));
  BOOST_TEST(is_error(read(of_one(hello + R"(,"features":[])"))[0], rpc_code::invalid_argument, "no feature"));
  BOOST_TEST(is_error(read(of_one(hello + R"(,"features":[{}])"))[0], rpc_code::invalid_argument, "no type"));
  BOOST_TEST(is_error(read(of_one(text_feature))[0], rpc_code::invalid_argument, "there is no image"));
  BOOST_TEST(is_error(read(of_one(text_feature + R"(,"image":{"content":""})"))[0], rpc_code::invalid_argument,
                      "there is no image"));
  BOOST_TEST(read(R"({"requests":[{},{},{}]})").size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_no_parser_takes_is_refused_with_its_place) {
  const std::pair<std::string, const char*> all[] = {
      {"[]", "the body must be a JSON object"},
      {"3", "the body must be a JSON object"},
      {"{}", "requests: there is none"},
      {R"({"requests":[]})", "requests: there is none"},
      {R"({"requests":{}})", "requests: it must be an array"},
      {R"({"requests":"x"})", "requests: it must be an array"},
      {R"({"requests":[3]})", "requests: it must be an object"},
      {R"({"requests":[null]})", "requests: it must be an object"},
      {R"({"requests":[{},{"image":"x"}]})", "requests[1].image: it must be an object"},
      {R"({"requests":[{"image":[]}]})", "requests[0].image: it must be an object"},
      {R"({"requests":[{"image":{"content":3}}]})", "requests[0].image.content: it must be a string"},
      {R"({"requests":[{"image":{"content":{}}}]})", "requests[0].image.content: it must be a single value"},
      {R"({"requests":[{"features":{}}]})", "requests[0].features: it must be an array"},
      {R"({"requests":[{"features":[{"type":5},{"type":"TEXT"}]}]})", "requests[0].features[1].type: it is no feature"},
      {R"({"requests":[{"features":[{"type":5.5}]}]})", "requests[0].features[0].type: it is no feature"},
      {R"({"requests":[{"features":[{"type":5,"model":1}]}]})", "requests[0].features[0].model: it must be a string"},
      {R"({"requests":[{"imageContext":{"languageHints":["en",7]}}]})",
       "requests[0].imageContext.languageHints: it must be a string"},
      {R"({"requests":[{"imageContext":{"textDetectionParams":{"enableTextDetectionConfidenceScore":"yes"}}}]})",
       "requests[0].imageContext.textDetectionParams.enableTextDetectionConfidenceScore: it must be true or false"},
  };
  for (const auto& [body, told] : all)
    BOOST_TEST(refusal(body).starts_with(told), body << ": " << refusal(body));
  BOOST_TEST(refusal(R"({"requests":[{])").find("the body is not JSON, at byte") == 0U);
}

BOOST_AUTO_TEST_CASE(hints_and_requests_are_bounded) {
  std::string hints;
  for (int i = 0; i < 33; ++i)
    hints += (i == 0 ? "" : ",") + std::string{"\"en\""};
  BOOST_TEST(refusal(of_one(R"("imageContext":{"languageHints":[)" + hints + "]}"))
                 .ends_with("languageHints: there are more than 32"));
  std::string many = "{}";
  for (int i = 0; i < 10'000; ++i)
    many += ",{}";
  BOOST_TEST(refusal(R"({"requests":[)" + many + "]}") == "requests: there are more than 10000");
}

BOOST_AUTO_TEST_CASE(files_and_their_pages) {
  const auto got = read(R"({"requests":[{"features":[{"type":11}],"pages":[1,-1,"2"],
      "input_config":{"content":"JVBERi0=","mime_type":"application/pdf"}}]})",
                        annotate_kind::files);
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST(got[0].read);
  BOOST_TEST(got[0].bytes.view == "%PDF-");
  BOOST_TEST(got[0].mime_type == "application/pdf");
  BOOST_TEST(got[0].pages == (std::vector<std::int32_t>{1, -1, 2}), boost::test_tools::per_element());
  const auto far = read(R"({"requests":[{"features":[{"type":5}],"inputConfig":{"gcsSource":{"uri":"gs://b/x"}}}]})",
                        annotate_kind::files);
  BOOST_TEST(is_error(far[0], rpc_code::unimplemented, "as inputConfig.content"));
  const auto of_pages = [](const std::string& pages) {
    return refusal(R"({"requests":[{"pages":)" + pages + "}]}", annotate_kind::files);
  };
  BOOST_TEST(of_pages("[0]").starts_with("requests[0].pages: it must be a page's number"));
  BOOST_TEST(of_pages("[1.5]").starts_with("requests[0].pages: it must be a page's number"));
  BOOST_TEST(of_pages("[99999999999]").starts_with("requests[0].pages: it must be a page's number"));
  BOOST_TEST(of_pages("[1,2,3,4,5,6]") == "requests[0].pages: there are more than 5");
  BOOST_TEST(of_pages("3") == "requests[0].pages: it must be an array");
}

BOOST_AUTO_TEST_CASE(a_type_that_an_answer_cannot_repeat_is_left_out) {
  const auto got = read("{\"requests\":[{\"inputConfig\":{\"mimeType\":\"\xff\"}}]}", annotate_kind::files);
  BOOST_TEST(got[0].mime_type == "");
}

BOOST_AUTO_TEST_CASE(of_any_text_it_makes_items_or_a_refusal) {
  const bool held = rc::check("whatever the body", [](const std::string& noise, bool files) {
    const auto cut = *rc::gen::inRange<std::size_t>(0, 120);
    auto body = of_one(hello + "," + text_feature + R"(,"imageContext":{"languageHints":["en"]})").substr(0, cut);
    const auto read =
        read_annotate_request(body_of(body + noise), files ? annotate_kind::files : annotate_kind::images);
    const auto* why = std::get_if<problem>(&read);
    const bool told = why != nullptr ? !why->detail.empty() : !std::get<items>(read).empty();
    RC_ASSERT(told);
  });
  BOOST_TEST(held);
}

BOOST_AUTO_TEST_SUITE_END()
