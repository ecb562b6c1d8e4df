#include "app/engine_choice.hpp"
#include "support/scripted_sieve.hpp"

#include <boost/test/unit_test.hpp>

namespace glyphgate {

namespace {

std::string chosen(const config& settings) {
  const auto engines = choose_engines(settings);
  if (const auto* refused = std::get_if<std::string>(&engines))
    return "refused: " + *refused;
  return std::string{std::get<0>(engines)->name()};
}

config with(const std::string& engine, const std::string& key = "") {
  config settings;
  settings.engine.name = engine;
  settings.google.api_key = secret{key};
  return settings;
}

BOOST_AUTO_TEST_SUITE(engine_choice)

BOOST_AUTO_TEST_CASE(auto_takes_google_where_credentials_are_set) {
  BOOST_TEST(chosen(with("auto")) == "local");
  BOOST_TEST(chosen(with("local", "a-key")) == "local");
  BOOST_TEST(chosen(with("auto", "a-key")) == "google");
  BOOST_TEST(chosen(with("tesseract", "a-key")) == "tesseract");
  BOOST_TEST(chosen(with("google", "a-key")) == "google");
}

BOOST_AUTO_TEST_CASE(ppocr_without_its_parts_is_refused_and_local_goes_on_without_it) {
  auto settings = with("ppocr");
  settings.engine.ppocr_dir = "/nowhere";
  BOOST_TEST(chosen(settings).starts_with("refused: OCR_ENGINE=ppocr: /nowhere/"), chosen(settings));
  settings.engine.name = "local";
  BOOST_TEST(chosen(settings) == "local");
  BOOST_TEST(!std::get<0>(choose_engines(settings))->engines().front().absent.empty());
}

BOOST_AUTO_TEST_CASE(google_without_credentials_is_refused_with_what_to_set) {
  const auto text = chosen(with("google"));
  BOOST_TEST(text.starts_with("refused: "));
  BOOST_TEST(text.find("GOOGLE_APPLICATION_CREDENTIALS") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(broken_credentials_are_refused_also_by_auto_and_never_shown) {
  const auto text = chosen(with("auto", "planted key"));
  BOOST_TEST(text.starts_with("refused: GOOGLE_API_KEY"));
  BOOST_TEST(text.find("planted") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_language_that_is_not_installed_is_refused_by_its_setting) {
  auto settings = with("tesseract");
  settings.engine.tesseract_languages = "xyz";
  BOOST_TEST(chosen(settings).starts_with("refused: TESSERACT_LANGUAGES: "));
}

auto chosen_with_sieve(const std::string& key) {
  engine_config settings;
  settings.local_first = sieve_mode::confident;
  auto made = choose_engines(with("auto", key));
  return with_sieve(std::move(made), settings);
}

BOOST_AUTO_TEST_CASE(local_first_is_for_google_with_a_local_engine) {
  const auto of_tesseract = chosen_with_sieve("");
  BOOST_REQUIRE(std::holds_alternative<std::string>(of_tesseract));
  BOOST_TEST(std::get<std::string>(of_tesseract).starts_with("LOCAL_FIRST=confident is for Google, "));
  class google_without_sieve : public scripted_engines {
  public:
    google_without_sieve()
        : scripted_engines{[](const auto& call, const auto&, const auto&) { return read_contents(call); }} {}
    std::string_view name() const override { return "google"; }
  };
  engine_config settings;
  settings.local_first = sieve_mode::blank;
  const auto refused = with_sieve(std::make_shared<const google_without_sieve>(), settings);
  BOOST_REQUIRE(std::holds_alternative<std::string>(refused));
  BOOST_TEST(std::get<std::string>(refused).starts_with("LOCAL_FIRST=blank needs the local engine ppocr, "));
  settings.local_first = sieve_mode::off;
  BOOST_TEST(std::get<0>(with_sieve(std::make_shared<const google_without_sieve>(), settings))->recognition_scope() ==
             "test");
}

BOOST_AUTO_TEST_CASE(what_is_read_local_first_is_remembered_by_itself) {
  class google_with_sieve : public sifting_engines {
  public:
    google_with_sieve()
        : sifting_engines{
              [](const auto& call, const auto&, const auto&) { return read_contents(call); },
              [](const auto&, const auto&, const auto&) { return sift_outcome{std::vector<sieve_verdict>{}}; }} {}
    std::string_view name() const override { return "google"; }
  };
  const auto scope = [](sieve_mode mode, double confidence) {
    engine_config settings;
    settings.local_first = mode;
    settings.local_first_confidence = confidence;
    return std::get<0>(with_sieve(std::make_shared<const google_with_sieve>(), settings))->recognition_scope();
  };
  BOOST_TEST(scope(sieve_mode::off, 0.99) == "test");
  BOOST_TEST(scope(sieve_mode::blank, 0.99) == "test local-first blank scripted");
  BOOST_TEST(scope(sieve_mode::blank, 0.5) == "test local-first blank scripted");
  BOOST_TEST(scope(sieve_mode::confident, 0.99) == "test local-first confident 0.99 scripted");
  BOOST_TEST(scope(sieve_mode::confident, 0.995) == "test local-first confident 0.995 scripted");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
