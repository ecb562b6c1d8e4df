#include "google_fixture.hpp"
#include "support/direct_reader.hpp"
#include "vision/google/credentials.hpp"
#include "vision/google/google_provider.hpp"

#include <boost/test/unit_test.hpp>
#include <fake_vision/certificate.hpp>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <string>
#include <string_view>
#include <variant>

using namespace glyphgate;
using namespace glyphgate::vision;
using namespace glyphgate::vision::test;

namespace {

/// Marks of the credentials' contents, none of which may ever be shown.
constexpr std::string_view planted_key = "AIzaPlantedKey";
constexpr std::string_view planted_mark = "PlantedInTheKey";

bool shows_secret(std::string_view text) {
  return text.find("Planted") != std::string_view::npos || text.find("BEGIN") != std::string_view::npos ||
         text.find("MII") != std::string_view::npos;
}

std::string json_escaped(const std::string& text) {
  std::string result;
  for (const char c : text)
    result += c == '\n' ? std::string{"\\n"} : std::string{c};
  return result;
}

std::string account(const std::string& key, const std::string& more = "") {
  return R"({"type":"service_account","project_id":"p-1","client_email":"a@b.c","private_key":")" + json_escaped(key) +
         '"' + more + "}";
}

google_config with_json(const std::string& json) {
  google_config settings;
  settings.credentials_json = secret{json};
  return settings;
}

std::string elliptic_key() {
  const fake::openssl_ptr<EVP_PKEY> key{EVP_EC_gen("P-256")};
  return fake::private_key_pem(key.get());
}

std::string encrypted_key() {
  const auto key = fake::make_rsa_key();
  const fake::openssl_ptr<BIO> bio{BIO_new(BIO_s_mem())};
  char password[] = "secret";
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_128_cbc(), password, 6, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(a_service_account_is_read_from_a_file_or_the_text) {
  const auto json = account(fake::private_key_pem(fake::make_rsa_key().get()));
  const temporary_directory files;
  google_config from_file;
  from_file.credentials_file = files.write("key.json", json);
  for (const auto& settings : {from_file, with_json(json)}) {
    const auto loaded = load_credentials(settings);
    BOOST_REQUIRE(std::holds_alternative<google_credentials>(loaded));
    const auto& credentials = std::get<google_credentials>(loaded);
    BOOST_REQUIRE(std::holds_alternative<service_account>(credentials));
    const auto& read = std::get<service_account>(credentials);
    BOOST_TEST(read.client_email == "a@b.c");
    BOOST_TEST(read.project_id == "p-1");
    BOOST_TEST(read.token_uri == "https://oauth2.googleapis.com/token");
    BOOST_TEST((read.private_key != nullptr));
    BOOST_TEST(settings.has_credentials());
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_and_nothing_is_shown) {
  const auto rsa = fake::private_key_pem(fake::make_rsa_key().get());
  auto damaged = rsa;
  damaged.replace(200, planted_mark.size(), planted_mark);
  const std::string key{planted_mark};
  const struct {
    std::string json;
    std::string_view says;
  } table[] = {
      {"PlantedGarbage", "not JSON"},
      {R"({"type":"service_account","private_key":"Planted)", "not JSON"},
      {"[\"Planted\"]", "not a JSON object"},
      {"{}", "\"type\""},
      {R"({"type":"authorized_user","refresh_token":"Planted"})", "\"type\""},
      {R"({"type":"service_account","private_key":")" + json_escaped(rsa) + "\"}", "\"client_email\""},
      {R"({"type":"service_account","client_email":7,"private_key":"Planted"})", "\"client_email\""},
      {R"({"type":"service_account","client_email":"a@b.c"})", "\"private_key\""},
      {R"({"type":"service_account","client_email":"a@b.c","private_key":""})", "\"private_key\""},
      {account(key), "\"private_key\""},
      {account(damaged), "\"private_key\""},
      {account(rsa.substr(0, rsa.size() / 2)), "\"private_key\""},
      {account(encrypted_key()), "\"private_key\""},
      {account(elliptic_key()), "not RSA"},
      {account(rsa, R"(,"token_uri":"http://planted.example/token")"), "\"token_uri\""},
      {account(rsa, R"(,"token_uri":"https://a b/")"), "\"token_uri\""},
  };
  const temporary_directory files;
  for (const auto& [json, says] : table) {
    const auto reason = refusal_of(with_json(json));
    BOOST_TEST(reason.starts_with("GOOGLE_APPLICATION_CREDENTIALS_JSON: "), reason);
    BOOST_TEST(reason.find(says) != std::string::npos, reason);
    BOOST_TEST(!shows_secret(reason), reason);
    google_config from_file;
    from_file.credentials_file = files.write("key.json", json);
    const auto file_reason = refusal_of(from_file);
    BOOST_TEST(file_reason.starts_with("GOOGLE_APPLICATION_CREDENTIALS: "), file_reason);
    BOOST_TEST(file_reason.find(says) != std::string::npos, file_reason);
    BOOST_TEST(!shows_secret(file_reason), file_reason);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
  const temporary_directory files;
  for (const auto& path :
       {files.path() / "missing.json", files.path(), files.write("large", std::string(70'000, ' '))}) {
    google_config settings;
    settings.credentials_file = path;
    const auto reason = refusal_of(settings);
    BOOST_TEST(reason.starts_with("GOOGLE_APPLICATION_CREDENTIALS: " + path.string() + ": "), reason);
  }
}

BOOST_AUTO_TEST_CASE(only_one_kind_may_be_set) {
  auto settings = with_json("PlantedGarbage");
  settings.api_key = secret{planted_key};
  auto reason = refusal_of(settings);
  BOOST_TEST(reason == "GOOGLE_APPLICATION_CREDENTIALS_JSON and GOOGLE_API_KEY are set; keep one of them");
  BOOST_TEST(!shows_secret(reason));
  reason = refusal_of({});
  BOOST_TEST(reason.starts_with("no Google credentials are set"));
  BOOST_TEST(!google_config{}.has_credentials());
}

BOOST_AUTO_TEST_CASE(keys_and_other_settings_are_checked) {
  google_config good;
  good.api_key = secret{planted_key};
  BOOST_TEST(std::holds_alternative<std::unique_ptr<google_provider>>(make_google_provider(good, direct_readers())));
  const auto refused = [&](auto change) {
    auto settings = good;
    change(settings);
    const auto reason = refusal_of(settings);
    BOOST_TEST(!shows_secret(reason), reason);
    return reason;
  };
  BOOST_TEST(refused([](auto& s) { s.api_key = secret{"Planted key\r\n"}; }).starts_with("GOOGLE_API_KEY"));
  BOOST_TEST(refused([](auto& s) { s.endpoint = "vision.googleapis.com"; }).starts_with("VISION_ENDPOINT"));
  BOOST_TEST(refused([](auto& s) { s.endpoint = "http://vision.googleapis.com"; }).starts_with("VISION_ENDPOINT"));
  BOOST_TEST(refused([](auto& s) { s.endpoint = "http://127.0.0.1.example.com"; }).starts_with("VISION_ENDPOINT"));
  BOOST_TEST(refused([](auto& s) { s.endpoint = "http://localhost:1@evil.example"; }).starts_with("VISION_ENDPOINT"));
  BOOST_TEST(refused([](auto& s) { s.location = "asia"; }).starts_with("VISION_LOCATION"));
  BOOST_TEST(refused([](auto& s) { s.location = "eu"; }) ==
             "VISION_LOCATION needs a project's id: GOOGLE_CLOUD_PROJECT");
  BOOST_TEST(refused([](auto& s) { s.quota_project = "a\r\nx: y"; }).starts_with("GOOGLE_CLOUD_QUOTA_PROJECT"));
  BOOST_TEST(refused([](auto& s) { s.language_hints = {"zh", "not a tag"}; }).starts_with("LANGUAGE_HINTS"));
  for (const auto* endpoint : {"https://x.example/", "http://127.0.0.1:80", "http://localhost", "http://[::1]:9/a"}) {
    good.endpoint = endpoint;
    BOOST_TEST(std::holds_alternative<std::unique_ptr<google_provider>>(make_google_provider(good, direct_readers())),
               endpoint);
  }
}

BOOST_AUTO_TEST_CASE(the_provider_tells_what_it_is) {
  google_config settings;
  settings.api_key = secret{planted_key};
  settings.call_price = 500'000;
  const auto scope = [&] {
    return std::get<std::unique_ptr<google_provider>>(make_google_provider(settings, direct_readers()))
        ->recognition_scope();
  };
  const auto provider = std::get<std::unique_ptr<google_provider>>(make_google_provider(settings, direct_readers()));
  BOOST_TEST(provider->name() == "google");
  BOOST_TEST(provider->price_per_call() == 500'000U);
  const auto first = scope();
  BOOST_TEST(!shows_secret(first));
  settings.language_hints = {"zh"};
  const auto second = scope();
  settings.endpoint = "https://eu-vision.googleapis.com";
  BOOST_TEST(first != second);
  BOOST_TEST(second != scope());
  BOOST_TEST(provider->refuse_hints({"en", "zh-Hans", "en-t-i0-handwrit", "sr-Latn", "es-419"}).empty());
  for (const auto* bad : {"", "-", "en-", "-en", "en_US", "english language", "abcdefghi", "e\"n"})
    BOOST_TEST(provider->refuse_hints({bad}).size() == 1U, bad);
}

BOOST_AUTO_TEST_SUITE_END()
