#include "../samples.hpp"
#include "core/base64.hpp"
#include "http/uploads/upload.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace std::string_literals;
using test::body_of;

namespace {

upload read_json(std::string_view body) {
  auto result = read_json_upload(body_of(body));
  BOOST_TEST_REQUIRE(std::holds_alternative<upload>(result));
  return std::move(std::get<upload>(result));
}

problem refuse_json(std::string_view body) {
  auto result = read_json_upload(body_of(body));
  BOOST_TEST_REQUIRE(std::holds_alternative<problem>(result));
  return std::move(std::get<problem>(result));
}

problem refuse_parts(std::string_view body) {
  auto result = read_multipart_upload(body_of(body), "B");
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
  BOOST_TEST(got.pictures[0].bytes.view == "hello");
  BOOST_TEST(*got.pictures[1].id == "b\xc3\xa9");
  BOOST_TEST(got.pictures[1].bytes.view == "f");
  BOOST_TEST(got.language_hints == zh_en);
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored_at_every_level) {
  const auto got =
      read_json(R"( {"x":{"images":[1]},"y":[[],{"id":2}],"images":[{"id":"a","data":"Zg==","extra":{"data":3},)"
                R"("n":1e99}],"language_hints":null,"z":12345678901234567890123} )");
  BOOST_TEST(got.errors.empty());
  BOOST_TEST_REQUIRE(got.pictures.size() == 1U);
  BOOST_TEST(got.pictures[0].bytes.view == "f");
  BOOST_TEST(got.pictures[0].error == "");
  BOOST_TEST(got.language_hints.empty());
}

BOOST_AUTO_TEST_CASE(every_image_tells_what_is_wrong_with_it) {
  const auto got =
      read_json(R"({"images":[{"id":"a"},{"id":5,"data":"Zg=="},{"id":"c","data":"Z"},{"id":"d","data":[]},7,[{}],)"
                R"({"id":"g","data":"Zg=="}]})");
  BOOST_TEST_REQUIRE(got.pictures.size() == 7U);
  BOOST_TEST(got.pictures[0].error == "data is missing");
  BOOST_TEST(!got.pictures[1].id.has_value());
  BOOST_TEST(got.pictures[1].error == "");
  BOOST_TEST(got.pictures[2].error == "data is not base64: its last character is left over; it is cut short");
  BOOST_TEST(got.pictures[3].error == "data must be a string");
  BOOST_TEST(got.pictures[4].error == "it must be an object with id and data");
  BOOST_TEST(got.pictures[5].error == "it must be an object with id and data");
  BOOST_TEST(got.pictures[6].error == "");
}

BOOST_AUTO_TEST_CASE(fields_of_a_wrong_type_are_named) {
  const auto error_of = [](std::string_view body) {
    const auto got = read_json(body);
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

BOOST_AUTO_TEST_CASE(what_to_do_on_errors_is_taken_as_it_was_given) {
  const auto told = [](const std::string& value) {
    return read_json(R"({"images":[],"on_error":)" + value + "}").on_error.value_or("none");
  };
  BOOST_TEST(told("\"skip\"") == "skip");
  BOOST_TEST(told("\"whatever\"") == "whatever");
  BOOST_TEST(told("null") == "none");
  for (const auto* no_string : {"1", "true", "[\"skip\"]", "{\"skip\":1}"})
    BOOST_TEST(told(no_string) == "", no_string);
  const auto twice = read_json(R"({"images":[],"on_error":"skip","on_error":"skip"})");
  BOOST_TEST_REQUIRE(twice.errors.size() == 1U);
  BOOST_TEST(twice.errors[0].field == "on_error");
}

BOOST_AUTO_TEST_CASE(whether_near_duplicates_are_read_once_is_a_boolean_of_json) {
  const auto told = [](const std::string& value) {
    return read_json(R"({"images":[],"near_duplicates":)" + value + "}").near_duplicates.value_or("none");
  };
  BOOST_TEST(told("true") == "true");
  BOOST_TEST(told("false") == "false");
  BOOST_TEST(told("null") == "none");
  for (const auto* no_boolean : {"1", "\"true\"", "[true]", "{\"near\":1}"})
    BOOST_TEST(told(no_boolean) == "", no_boolean);
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

BOOST_AUTO_TEST_CASE(base64_is_decoded_in_the_body_and_digested) {
  const auto budget = std::make_shared<memory_budget>(1000);
  const auto body =
      body_of(R"({"images":[{"id":"a","data":"aGVsbG8="},{"id":"b","data":"Zg==","data":"Zm9v"}]})", budget);
  const auto within = body->view();
  auto got = std::get<upload>(read_json_upload(body));
  BOOST_TEST(got.pictures[0].bytes.view == "hello");
  BOOST_TEST(got.pictures[1].bytes.view == "foo");
  for (const auto& p : got.pictures) {
    BOOST_TEST((p.bytes.view.data() > within.data() && p.bytes.view.data() < within.data() + within.size()));
    BOOST_TEST((p.content.value() == sha256(p.bytes.view)));
  }
}

BOOST_AUTO_TEST_CASE(base64_is_read_as_programs_write_it) {
  const auto read = [](const std::string& text) {
    const auto got = read_json(R"({"images":[{"id":"a","data":")" + text + R"("}]})");
    const auto& p = got.pictures.at(0);
    return p.error.empty() ? std::string{p.bytes.view} : p.error;
  };
  for (const auto* text : {"data:image/png;base64,Zm9v", "data:;base64,Zm9v", "DATA:image/png;BASE64,Zm9v",
                           "data:image/png;charset=utf-8;base64,Zm9v", "data:image/png;base64;charset=utf-8,Zm9v",
                           "data:image/svg+xml;name=\\\"x\\\"; Base64 ,Zm9v",
                           " \\ndata:image/png;base64,\\r\\nZm\\r\\n9v\\r\\n", "Zm9v\\n", "Zm\\t9v"})
    BOOST_TEST(read(text) == "foo", text);
  BOOST_TEST(read("data:image/png;base64,-_8") == "\xfb\xff");
  BOOST_TEST(read("data:image\\/png;base64,\\/\\/8=") == "\xff\xff");
  BOOST_TEST(read("data:,foo") == "data is a data URI without ;base64; send the file's bytes as base64");
  BOOST_TEST(read("data:image/png;base64x,foo") ==
             "data is a data URI without ;base64; send the file's bytes as base64");
  BOOST_TEST(read("data:image/png;base64") == "data is a data URI without a comma; its base64 belongs behind one");
  BOOST_TEST(read("data:x;base64,Zm9v*") ==
             "data is not base64 behind its comma: '*' at position 4 is not in its alphabet");
  BOOST_TEST(read("http://x/y.png") == "data is not base64: ':' at position 4 is not in its alphabet");
  BOOST_TEST(read("data:image/png;base64,") == "");
}

BOOST_AUTO_TEST_CASE(what_was_no_base64_leaves_no_bytes) {
  const auto got =
      read_json(R"({"images":[{"id":"a","data":"Zm9v","data":"Zm9vZ"},{"id":"b","data":"Zm9v","data":5}]})");
  for (const auto& p : got.pictures) {
    BOOST_TEST(p.bytes.view.empty());
    BOOST_TEST((p.bytes.owner == nullptr));
    BOOST_TEST((p.content != sha256("foo")));
    BOOST_TEST(p.error.starts_with("data "));
  }
}

BOOST_AUTO_TEST_CASE(base64_in_a_body_is_what_it_is_by_itself) {
  BOOST_TEST(rc::check("sound and damaged texts", [](const std::string& bytes) {
    auto text = test::to_base64(bytes);
    if (!text.empty() && *rc::gen::arbitrary<bool>())
      text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::element('=', 'A', '-', ' ', '\x7f', '\xff');
    const auto got = read_json(R"({"images":[{"id":"a","data":")" + text + R"("}]})");
    const auto expected = decode_base64_in_place(text);
    const auto* decoded = std::get_if<decoded_base64>(&expected);
    RC_ASSERT(got.pictures[0].error.empty() == (decoded != nullptr));
    RC_ASSERT(got.pictures[0].bytes.view == (decoded != nullptr ? decoded->bytes : ""));
    RC_ASSERT(got.pictures[0].content.has_value());
  }));
}

// Strings are looked at by the block.
BOOST_AUTO_TEST_CASE(strings_are_read_the_same_wherever_they_end_and_whatever_is_in_them) {
  for (std::size_t size = 0; size < 80; ++size) {
    const std::string before(size, 'x');
    const auto id = [&](const std::string& text) {
      return read_json(R"({"images":[{"id":")" + text + "\"}]}").pictures[0].id;
    };
    BOOST_TEST(id(before).value() == before);
    BOOST_TEST(id(before + R"(\"\\\u00e9y\n)").value() == before + "\"\\\xc3\xa9y\n");
    BOOST_TEST(id(before + R"(\n)" + before).value() == before + "\n" + before);
    for (int c = 0; c < 0x20; ++c) {
      auto bad = R"({"images":[{"id":")" + before;
      bad += static_cast<char>(c);
      bad += "y\"}]}";
      const auto p = refuse_json(bad);
      BOOST_TEST(p.status == 400U);
      BOOST_TEST(p.detail.find("at byte " + std::to_string(18 + size) + ":") != std::string::npos, p.detail);
    }
    BOOST_TEST(refuse_json(R"({"images":[{"id":")" + before).status == 400U);
    BOOST_TEST(refuse_json(R"({"images":[{"id":")" + before + "\\").status == 400U);
  }
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
  const auto got = read_capacity_query(*body_of(R"({"width":666,"x":{"height":[1]},"height":64})"));
  BOOST_TEST(std::get<capacity_query>(got).width == 666U);
  BOOST_TEST(std::get<capacity_query>(got).height == 64U);
}

BOOST_AUTO_TEST_CASE(everything_else_is_422_and_names_the_field) {
  for (const auto* body : {R"({"width":0,"height":64})", R"({"width":-1,"height":64})", R"({"width":6.5,"height":64})",
                           R"({"width":"666","height":64})", R"({"width":1e2,"height":64})", R"({"height":64})",
                           R"({"width":[666],"height":64})", R"({"width":99999999999999999999,"height":64})",
                           R"({"width":null,"height":64})"}) {
    const auto got = read_capacity_query(*body_of(body));
    BOOST_TEST_REQUIRE(std::holds_alternative<problem>(got), body);
    BOOST_TEST(std::get<problem>(got).status == 422U);
    BOOST_TEST_REQUIRE(std::get<problem>(got).errors.size() == 1U);
    BOOST_TEST(std::get<problem>(got).errors[0].field == "width");
  }
  const auto list = body_of(R"([{"width":1,"height":1}])");
  BOOST_TEST(std::get<problem>(read_capacity_query(*list)).errors.size() == 2U);
  for (const auto* broken : {"", "{\"width\":"})
    BOOST_TEST(std::get<problem>(read_capacity_query(*body_of(broken))).status == 400U);
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
  const auto result = read_multipart_upload(body_of(body), "B");
  const auto& got = std::get<upload>(result);
  BOOST_TEST(got.errors.empty());
  BOOST_TEST_REQUIRE(got.pictures.size() == 3U);
  BOOST_TEST(*got.pictures[0].id == "frame 1.png");
  BOOST_TEST(got.pictures[0].bytes.view == "one\r\n--not the boundary");
  BOOST_TEST(*got.pictures[1].id == "photo");
  BOOST_TEST(got.pictures[1].bytes.view == "two");
  BOOST_TEST(*got.pictures[2].id == "empty");
  BOOST_TEST(got.pictures[2].bytes.view == "");
  BOOST_TEST(got.language_hints == zh_en);
}

BOOST_AUTO_TEST_CASE(files_lie_in_the_body) {
  const auto body = body_of("--B\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\none\r\n--B--");
  const auto got = std::get<upload>(read_multipart_upload(body, "B"));
  BOOST_TEST(got.pictures[0].bytes.view == "one");
  BOOST_TEST((got.pictures[0].bytes.view.data() == body->view().data() + body->view().find("one")));
  BOOST_TEST(!got.pictures[0].content.has_value());
}

BOOST_AUTO_TEST_CASE(a_delay_is_a_field_that_is_given_once) {
  const std::string part = "--B\r\nContent-Disposition: form-data; name=\"max_delay_seconds\"\r\n\r\n60\r\n";
  const auto once = std::get<upload>(read_multipart_upload(body_of(part + "--B--"), "B"));
  BOOST_TEST(once.errors.empty());
  BOOST_TEST(once.max_delay_seconds.value() == "60");
  const auto thrice = std::get<upload>(read_multipart_upload(body_of(part + part + part + "--B--"), "B"));
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
  BOOST_TEST(std::get<upload>(read_multipart_upload(body_of(body + "--B--"), "B")).errors.size() == 2U);
}

BOOST_AUTO_TEST_CASE(malformed_and_cut_bodies_are_400_with_the_place) {
  const std::string header = "Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n";
  for (const auto& body :
       {""s, "x"s, "--C\r\n"s, "--B"s, "--B\r\n"s, "--B\r\n" + header, "--B\r\n" + header + "\r\nabc",
        "--B\r\n" + header + "\r\nabc\r\n--B", "--B\r\n" + header + "\r\nabc\r\n--Bx\r\n", "--B\r\n\r\nabc\r\n--B--"s,
        "--B\r\nno colon\r\n\r\nabc\r\n--B--"s, "--B\r\nX: " + std::string(9000, 'x') + "\r\n\r\nabc\r\n--B--"})
    BOOST_TEST(refuse_parts(body).status == 400U);
  BOOST_TEST(refuse_parts("--B\r\n" + header + "\r\nabc").detail.find("at byte 63") != std::string::npos,
             refuse_parts("--B\r\n" + header + "\r\nabc").detail);
}

BOOST_AUTO_TEST_CASE(parts_that_cannot_be_named_are_an_error_of_the_form) {
  const auto errors_of = [](const std::string& header) {
    const auto body = "--B\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\nx\r\n--B\r\n" + header +
                      "\r\n\r\nabc\r\n--B\r\n" + header + "\r\n\r\nabc\r\n--B--";
    const auto result = std::get<upload>(read_multipart_upload(body_of(body), "B"));
    BOOST_TEST(result.pictures.size() == 1U);
    BOOST_TEST_REQUIRE(result.errors.size() == 1U);
    BOOST_TEST(result.errors[0].field == "Content-Disposition");
    return result.errors[0].detail;
  };
  BOOST_TEST(errors_of("Content-Type: image/png") == "part 2 cannot be named: it has no Content-Disposition");
  BOOST_TEST(errors_of("Content-Disposition: attachment") ==
             "part 2 cannot be named: its Content-Disposition is not form-data");
  BOOST_TEST(errors_of("Content-Disposition: form-data; filename*=UTF-16''a").starts_with("part 2 cannot be named: "));
}

BOOST_AUTO_TEST_CASE(no_more_parts_are_kept_than_a_job_may_have) {
  std::string body = "--B";
  for (int i = 0; i < 10'001; ++i)
    body += "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nx\r\n--B";
  const auto result = read_multipart_upload(body_of(body + "--"), "B");
  BOOST_TEST(std::get<upload>(result).pictures.size() == max_images_per_job);
  BOOST_TEST(std::get<upload>(result).errors.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(bodies_of_uploads)

// The body and its share go with the last of the pictures that lie in it.
BOOST_AUTO_TEST_CASE(a_body_is_freed_with_its_last_picture) {
  const auto budget = std::make_shared<memory_budget>(1000);
  const auto part = [](const std::string& name, const std::string& content) {
    return "--B\r\nContent-Disposition: form-data; name=f; filename=" + name + "\r\n\r\n" + content + "\r\n";
  };
  const auto pictures_of = [](std::variant<upload, problem> result) {
    std::vector<picture_bytes_ptr> pictures;
    for (auto& p : std::get<upload>(result).pictures)
      pictures.push_back(std::make_shared<picture_bytes>(std::move(p.bytes)));
    return pictures;
  };
  for (int form = 0; form < 2; ++form) {
    const auto pictures =
        form == 0
            ? pictures_of(read_json_upload(
                  body_of(R"({"images":[{"id":"a","data":"Zm9v"},{"id":"b","data":"YmFy"}]})", budget)))
            : pictures_of(read_multipart_upload(body_of(part("a", "foo") + part("b", "bar") + "--B--", budget), "B"));
    const auto used = budget->used();
    BOOST_TEST(used != 0U);
    const auto reading = pictures[0]->hold();
    pictures[0]->move_to({"foo", nullptr});
    pictures[1]->let_go();
    BOOST_TEST(budget->used() == used);
    BOOST_TEST(reading.view == "foo");
    const auto moved = pictures[0]->hold();
    BOOST_TEST(moved.view == "foo");
    BOOST_TEST(pictures[1]->hold().view == "");
    BOOST_TEST(pictures[1]->size() == 3U);
  }
  BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_refused_is_freed) {
  const auto budget = std::make_shared<memory_budget>(1000);
  for (const auto* body : {"[]", "{", "{\"images\":[{\"data\":\"Zm9v\"}]"}) {
    BOOST_TEST(std::holds_alternative<problem>(read_json_upload(body_of(body, budget))));
    BOOST_TEST(budget->used() == 0U);
  }
  BOOST_TEST(std::holds_alternative<problem>(read_multipart_upload(body_of("--B\r\n", budget), "B")));
  BOOST_TEST(budget->used() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
