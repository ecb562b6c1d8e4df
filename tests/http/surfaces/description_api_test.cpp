#include "../gunzipped.hpp"
#include "../server_fixture.hpp"
#include "core/digest.hpp"
#include "http/wire/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;

namespace {

constexpr std::array description_paths{"/openapi.json", "/docs"};

std::shared_ptr<live_keys> alices_keys() {
  return std::make_shared<live_keys>(
      std::make_shared<const key_ring>(std::get<key_ring>(key_ring::parse("alice:" + std::string(64, '0')))));
}

std::set<std::string> words(std::string_view list) {
  std::set<std::string> found;
  for (const auto word : split_list(list))
    found.emplace(word);
  return found;
}

// The methods that the description gives a path, and those that every path has besides.
std::set<std::string> described_methods(const rapidjson::Value& item) {
  std::set<std::string> methods{"OPTIONS"};
  for (const auto& member : item.GetObject()) {
    std::string name{member.name.GetString()};
    if (name == "parameters")
      continue;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (name == "GET")
      methods.insert("HEAD");
    methods.insert(std::move(name));
  }
  return methods;
}

// As a client asks for it.
std::string filled_in(std::string path) {
  if (const auto at = path.find("{id}"); at != std::string::npos)
    path.replace(at, 4, "abc");
  return path;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(description_of_the_api, server_fixture)

BOOST_AUTO_TEST_CASE(the_json_is_open_api_and_the_page_is_html) {
  start();
  const auto json = get("/openapi.json");
  BOOST_TEST(json.status == 200);
  BOOST_TEST(json.header("content-type") == "application/json");
  BOOST_TEST(field(json.body, "/openapi") == "3.1.0");
  BOOST_TEST(field(json.body, "/paths/~1ocr~1jobs/post/operationId") == "submitJob");
  const auto page = get("/docs");
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.header("content-type") == "text/html; charset=utf-8");
  BOOST_TEST(page.body.starts_with("<!DOCTYPE html>"));
  BOOST_TEST(page.body.find("id=\"submitJob\"") != std::string::npos);
}

// Browsers refuse whatever the policy does not name: the style of the page itself is all that it needs.
BOOST_AUTO_TEST_CASE(the_page_needs_nothing_from_elsewhere_and_no_script) {
  start();
  const auto page = get("/docs");
  for (const auto* foreign : {"<script", " src=", "url(", "@import", "javascript:", "http-equiv", "onclick", "style="})
    BOOST_TEST(page.body.find(foreign) == std::string::npos, foreign);
  const auto begin = page.body.find("<style>") + 7;
  const auto style = std::string_view{page.body}.substr(begin, page.body.find("</style>") - begin);
  const auto sum = sha256(style);
  const auto digest = to_base64({reinterpret_cast<const char*>(sum.bytes.data()), sum.bytes.size()});
  BOOST_TEST(page.header("content-security-policy") ==
             "default-src 'none'; style-src 'sha256-" + digest +
                 "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

BOOST_AUTO_TEST_CASE(both_are_packed_for_who_prefers_that_and_spared_who_has_them) {
  start();
  for (const auto* path : description_paths) {
    const auto plain = get(path);
    const auto packed = get(path, "Accept-Encoding: gzip\r\n");
    BOOST_TEST(packed.header("content-encoding") == "gzip");
    BOOST_TEST(packed.header("vary") == "Accept-Encoding");
    BOOST_TEST(packed.body.size() < plain.body.size() / 3);
    BOOST_TEST(gunzipped(packed.body) == plain.body);
    BOOST_TEST(plain.header("etag") == "\"" + to_hex(sha256(plain.body)).substr(0, 32) + "\"");
    BOOST_TEST(packed.header("etag") != plain.header("etag"));
    for (const auto& known : {plain.header("etag"), "W/" + packed.header("etag"), std::string{"*"}}) {
      const auto again = get(path, "If-None-Match: \"x\", " + known + "\r\n");
      BOOST_TEST(again.status == 304);
      BOOST_TEST(again.header("etag") == plain.header("etag"));
      BOOST_TEST(again.header("content-type") == "");
      BOOST_TEST(again.header("content-encoding") == "");
    }
    BOOST_TEST(get(path, "If-None-Match: \"x\"\r\n").status == 200);
    const auto head = call("HEAD", path);
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.header("content-length") == std::to_string(plain.body.size()));
    BOOST_TEST(call("POST", path).status == 405);
  }
}

BOOST_AUTO_TEST_CASE(they_need_no_key_and_keep_nobody_awake) {
  keys = alices_keys();
  start();
  const auto before = running->last_used();
  for (const auto* path : description_paths) {
    BOOST_TEST(get(path).status == 200);
    // A stale key does no harm where none is needed.
    BOOST_TEST(get(path, "X-API-Key: nonsense\r\n").status == 200);
  }
  BOOST_TEST((running->last_used() == before));
  BOOST_TEST(get("/docs/x").status == 401);
}

BOOST_AUTO_TEST_CASE(old_clients_find_them_where_they_were) {
  settings.http.legacy_answers = true;
  start();
  for (const auto* path : description_paths)
    BOOST_TEST(get(path).status == 200);
}

// Paths that a service may do without, as the description says.
const std::set<std::string> optional_paths{"/metrics"};

BOOST_AUTO_TEST_CASE(the_service_has_what_is_described) {
  start();
  rapidjson::Document description;
  description.Parse(get("/openapi.json").body.c_str());
  BOOST_TEST_REQUIRE(description.IsObject());
  BOOST_TEST(description["paths"].MemberCount() > 10U);
  for (const auto& [name, item] : std::as_const(description)["paths"].GetObject()) {
    const std::string path{name.GetString()};
    const auto told = words(call("OPTIONS", filled_in(path)).header("allow"));
    if (told.empty() && optional_paths.contains(path))
      continue;
    const auto expected = described_methods(item);
    BOOST_TEST(told == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
