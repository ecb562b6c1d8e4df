#include "http/upload.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace glyphgate::http;
using namespace std::string_literals;

namespace {

upload read_json(std::string body) {
  auto result = read_json_upload(body);
  BOOST_TEST_REQUIRE(std::holds_alternative<upload>(result));
  return std::move(std::get<upload>(result));
}

problem refuse_json(std::string body) {
  auto result = read_json_upload(body);
  BOOST_TEST_REQUIRE(std::holds_alternative<problem>(result));
  return std::move(std::get<problem>(result));
}

problem refuse_parts(const std::string& body) {
  auto result = read_multipart_upload(body, "B");
  BOOST_TEST_REQUIRE(std::holds_alternative<problem>(result), "accepted: " << body);
  return std::move(std::get<problem>(result));
}

const std::vector<std::string> zh_en{"zh", "en"};

} // namespace

BOOST_AUTO_TEST_SUITE(json_upload)

BOOST_AUTO_TEST_CASE(images_and_hints_are_read_in_order) {
  const auto got = read_json(R"({"images":[{"id":"frame_255","data":"aGVsbG8="},{"data":"Zg==","id":"b\u00e9"}],)"
                             R"("language_hints":["zh","en"]})");
  BOOST_TEST(got.errors.empty());
  BOOST_TEST_REQUIRE(got.pictures.size() == 2U);
  BOOST_TEST(*got.pictures[0].id == "frame_255");
  BOOST_TEST(got.pictures[0].bytes == "hello");
  BOOST_TEST(*got.pictures[1].id == "b\xc3\xa9");
  BOOST_TEST(got.pictures[1].bytes == "f");
  BOOST_TEST(got.language_hints == zh_en);
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored_at_every_level) {
  const auto got =
      read_json(R"( {"x":{"images":[1]},"y":[[],{"id":2}],"images":[{"id":"a","data":"Zg==","extra":{"data":3},)"
                R"("n":1e99}],"language_hints":null,"z":12345678901234567890123} )");
  BOOST_TEST(got.errors.empty());
  BOOST_TEST_REQUIRE(got.pictures.size() == 1U);
  BOOST_TEST(got.pictures[0].bytes == "f");
  BOOST_TEST(got.pictures[0].error == "");
  BOOST_TEST(got.language_hints.empty());
}

BOOST_AUTO_TEST_CASE(every_image_tells_what_is_wrong_with_it) {
  const auto got =
      read_json(R"({"images":[{"id":"a"},{"id":5,"data":"Zg=="},{"id":"c","data":"Zg"},{"id":"d","data":[]},7,[{}],)"
                R"({"id":"g","data":"Zg=="}]})");
  BOOST_TEST_REQUIRE(got.pictures.size() == 7U);
  BOOST_TEST(got.pictures[0].error == "data is missing");
  BOOST_TEST(!got.pictures[1].id.has_value());
  BOOST_TEST(got.pictures[1].error == "");
  BOOST_TEST(got.pictures[2].error.starts_with("data is not base64"));
  BOOST_TEST(got.pictures[3].error == "data must be a string");
  BOOST_TEST(got.pictures[4].error == "it must be an object with id and data");
  BOOST_TEST(got.pictures[5].error == "it must be an object with id and data");
  BOOST_TEST(got.pictures[6].error == "");
}

BOOST_AUTO_TEST_CASE(fields_of_a_wrong_type_are_named) {
  const auto error_of = [](std::string body) {
    const auto got = read_json(std::move(body));
    BOOST_TEST_REQUIRE(got.errors.size() == 1U);
    return got.errors.front().field + ": " + got.errors.front().detail;
  };
  BOOST_TEST(error_of("{}") == "images: it is missing");
  BOOST_TEST(error_of(R"({"images":"x"})") == "images: it must be an array");
  BOOST_TEST(error_of(R"({"images":{"id":"a"}})") == "images: it must be an array");
  BOOST_TEST(error_of(R"({"images":null})") == "images: it must be an array");
  BOOST_TEST(error_of(R"({"images":[],"images":[]})") == "images: it is given twice");
  BOOST_TEST(error_of(R"({"images":[],"language_hints":"zh"})") == "language_hints: it must be an array of strings");
  BOOST_TEST(error_of(R"({"images":[],"language_hints":["zh",5,6]})") ==
             "language_hints: it must be an array of strings");
  BOOST_TEST(error_of(R"({"images":[],"language_hints":[["zh"]]})") ==
             "language_hints: it must be an array of strings");
}

BOOST_AUTO_TEST_CASE(a_delay_is_taken_as_it_was_given) {
  const auto delay = [](const std::string& value) {
    const auto got = read_json(R"({"images":[],"max_delay_seconds":)" + value + "}");
    BOOST_TEST(got.errors.empty());
    return got.max_delay_seconds.value_or("none");
  };
  BOOST_TEST(delay("60") == "60");
  BOOST_TEST(delay("6.5") == "6.5");
  BOOST_TEST(delay("null") == "none");
  for (const auto* no_number : {"\"60\"", "true", "[60]", "{\"x\":60}"})
    BOOST_TEST(delay(no_number) == "", no_number);
  const auto twice = read_json(R"({"images":[],"max_delay_seconds":1,"max_delay_seconds":1,"max_delay_seconds":1})");
  BOOST_TEST_REQUIRE(twice.errors.size() == 1U);
  BOOST_TEST(twice.errors[0].field == "max_delay_seconds");
  BOOST_TEST(twice.errors[0].detail == "it is given twice; give it once");
}

BOOST_AUTO_TEST_CASE(what_is_not_an_object_is_422_and_what_is_not_json_400_with_the_place) {
  for (const auto* body : {"[]", "5", "\"x\"", "null", "true"})
    BOOST_TEST(refuse_json(body).status == 422U);
  for (const auto& body : {""s, "{"s, "{\"images\":[}"s, "{} x"s, "{\"images\":[{\"id\":\"a\",\"da"s, "{}\0{}"s,
                           "{\"a\":01}"s, "{'a':1}"s, "\xef\xbb\xbf{}"s}) {
    const auto p = refuse_json(body);
    BOOST_TEST(p.status == 400U, body);
    BOOST_TEST(p.detail.find("at byte ") != std::string::npos);
  }
  BOOST_TEST(refuse_json("{\"images\": x}").detail.find("at byte 11:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hostile_nesting_and_floods_are_cut_off) {
  BOOST_TEST(refuse_json(std::string(1'000'000, '[')).status == 422U);
  BOOST_TEST(refuse_json("{\"x\":" + std::string(1'000'000, '[')).detail.find("nested too deeply") !=
             std::string::npos);

  std::string many = "{\"images\":[1";
  for (int i = 0; i < 20'000; ++i)
    many += ",1";
  const auto images = read_json(many + "]}");
  BOOST_TEST(images.pictures.size() == max_images_per_job);
  BOOST_TEST(images.errors.size() == 1U);

  many = "{\"images\":[],\"language_hints\":[\"a\"";
  for (int i = 0; i < 20'000; ++i)
    many += ",\"a\",1";
  const auto hints = read_json(many + "]}");
  BOOST_TEST(hints.language_hints.size() == max_language_hints);
  BOOST_TEST(hints.errors.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(capacity_query_reading)

BOOST_AUTO_TEST_CASE(two_positive_integers_are_read) {
  std::string body = R"({"width":666,"x":{"height":[1]},"height":64})";
  const auto got = read_capacity_query(body);
  BOOST_TEST(std::get<capacity_query>(got).width == 666U);
  BOOST_TEST(std::get<capacity_query>(got).height == 64U);
}

BOOST_AUTO_TEST_CASE(everything_else_is_422_and_names_the_field) {
  for (std::string body : {R"({"width":0,"height":64})", R"({"width":-1,"height":64})", R"({"width":6.5,"height":64})",
                           R"({"width":"666","height":64})", R"({"width":1e2,"height":64})", R"({"height":64})",
                           R"({"width":[666],"height":64})", R"({"width":99999999999999999999,"height":64})",
                           R"({"width":null,"height":64})"}) {
    const auto got = read_capacity_query(body);
    BOOST_TEST_REQUIRE(std::holds_alternative<problem>(got), body);
    BOOST_TEST(std::get<problem>(got).status == 422U);
    BOOST_TEST_REQUIRE(std::get<problem>(got).errors.size() == 1U);
    BOOST_TEST(std::get<problem>(got).errors[0].field == "width");
  }
  std::string list = R"([{"width":1,"height":1}])";
  BOOST_TEST(std::get<problem>(read_capacity_query(list)).errors.size() == 2U);
  std::string broken = "{\"width\":";
  BOOST_TEST(std::get<problem>(read_capacity_query(broken)).status == 400U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(multipart_upload)

BOOST_AUTO_TEST_CASE(file_parts_are_images_and_hints_are_fields) {
  const std::string body =
      "preamble\r\n--B\r\n"
      "Content-Disposition: form-data; name=\"files\"; filename=\"frame 1.png\"\r\nContent-Type: image/png\r\n\r\n"
      "one\r\n--not the boundary\r\n--B  \r\n"
      "content-disposition: form-data; name=language_hints\r\n\r\nzh, en\r\n--B\r\n"
      "Content-Disposition: form-data; name=\"other\"\r\n\r\nignored\r\n--B\r\n"
      "Content-Disposition: form-data; name=\"photo\"\r\nContent-Type: image/jpeg\r\n\r\ntwo\r\n--B\r\n"
      "Content-Disposition: form-data; name=\"empty\"; filename=\"\"\r\n\r\n\r\n--B--\r\nepilogue";
  const auto result = read_multipart_upload(body, "B");
  const auto& got = std::get<upload>(result);
  BOOST_TEST(got.errors.empty());
  BOOST_TEST_REQUIRE(got.pictures.size() == 3U);
  BOOST_TEST(*got.pictures[0].id == "frame 1.png");
  BOOST_TEST(got.pictures[0].bytes == "one\r\n--not the boundary");
  BOOST_TEST(*got.pictures[1].id == "photo");
  BOOST_TEST(got.pictures[1].bytes == "two");
  BOOST_TEST(*got.pictures[2].id == "empty");
  BOOST_TEST(got.pictures[2].bytes == "");
  BOOST_TEST(got.language_hints == zh_en);
}

BOOST_AUTO_TEST_CASE(a_delay_is_a_field_that_is_given_once) {
  const std::string part = "--B\r\nContent-Disposition: form-data; name=\"max_delay_seconds\"\r\n\r\n60\r\n";
  const auto once = std::get<upload>(read_multipart_upload(part + "--B--", "B"));
  BOOST_TEST(once.errors.empty());
  BOOST_TEST(once.max_delay_seconds.value() == "60");
  const auto thrice = std::get<upload>(read_multipart_upload(part + part + part + "--B--", "B"));
  BOOST_TEST_REQUIRE(thrice.errors.size() == 1U);
  BOOST_TEST(thrice.errors[0].field == "max_delay_seconds");
  BOOST_TEST(thrice.errors[0].detail == "it is given twice; give it once");
}

BOOST_AUTO_TEST_CASE(a_flood_of_wrong_fields_is_one_error_each) {
  const std::string hint = "--B\r\nContent-Disposition: form-data; name=\"language_hints\"\r\n\r\nzh\r\n";
  const std::string dry_run = "--B\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\ntrue\r\n";
  std::string body;
  for (int i = 0; i < 1000; ++i)
    body += hint + dry_run;
  BOOST_TEST(std::get<upload>(read_multipart_upload(body + "--B--", "B")).errors.size() == 2U);
}

BOOST_AUTO_TEST_CASE(malformed_and_cut_bodies_are_400_with_the_place) {
  const std::string header = "Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n";
  for (const auto& body :
       {""s, "x"s, "--C\r\n"s, "--B"s, "--B\r\n"s, "--B\r\n" + header, "--B\r\n" + header + "\r\nabc",
        "--B\r\n" + header + "\r\nabc\r\n--B", "--B\r\n" + header + "\r\nabc\r\n--Bx\r\n", "--B\r\n\r\nabc\r\n--B--"s,
        "--B\r\nContent-Type: image/png\r\n\r\nabc\r\n--B--"s, "--B\r\nno colon\r\n\r\nabc\r\n--B--"s,
        "--B\r\nContent-Disposition: attachment\r\n\r\nabc\r\n--B--"s,
        "--B\r\nX: " + std::string(9000, 'x') + "\r\n\r\nabc\r\n--B--"})
    BOOST_TEST(refuse_parts(body).status == 400U);
  BOOST_TEST(refuse_parts("--B\r\n" + header + "\r\nabc").detail.find("at byte 63") != std::string::npos,
             refuse_parts("--B\r\n" + header + "\r\nabc").detail);
}

BOOST_AUTO_TEST_CASE(no_more_parts_are_kept_than_a_job_may_have) {
  std::string body = "--B";
  for (int i = 0; i < 10'001; ++i)
    body += "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nx\r\n--B";
  const auto result = read_multipart_upload(body + "--", "B");
  BOOST_TEST(std::get<upload>(result).pictures.size() == max_images_per_job);
  BOOST_TEST(std::get<upload>(result).errors.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
