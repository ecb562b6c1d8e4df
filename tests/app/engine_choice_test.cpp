#include "app/engine_choice.hpp"

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
  BOOST_TEST(chosen(with("auto")) == "tesseract");
  BOOST_TEST(chosen(with("auto", "a-key")) == "google");
  BOOST_TEST(chosen(with("tesseract", "a-key")) == "tesseract");
  BOOST_TEST(chosen(with("google", "a-key")) == "google");
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace glyphgate
