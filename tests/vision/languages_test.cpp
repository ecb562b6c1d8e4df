#include "support/temporary_directory.hpp"
#include "vision/embedded/tesseract_rules.hpp"
#include "vision/tesseract/data_directory.hpp"
#include "vision/tesseract/languages.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate::vision;

namespace {

bool has(const std::optional<std::string>& text, std::string_view part) {
  return text && text->find(part) != std::string::npos;
}

/// An environment variable that has another value, or none, while it lives.
class changed_environment {
public:
  changed_environment(const char* name, const char* value) : name_{name} {
    if (const char* before = std::getenv(name))
      before_ = before;
    set(value);
  }
  ~changed_environment() { set(before_ ? before_->c_str() : nullptr); }
  changed_environment(const changed_environment&) = delete;
  changed_environment& operator=(const changed_environment&) = delete;

private:
  void set(const char* value) {
    if (value != nullptr)
      ::setenv(name_, value, 1);
    else
      ::unsetenv(name_);
  }

  const char* name_;
  std::optional<std::string> before_;
};

/// A data directory of this process's own while it lives.
class own_tessdata {
public:
  void add(const std::string& code) {
    const auto name = code + ".traineddata";
    std::filesystem::create_directories((directory_.path() / name).parent_path());
    directory_.write(name, "no data");
  }

  const std::filesystem::path& path() const { return directory_.path(); }

private:
  glyphgate::temporary_directory directory_;
  changed_environment prefix_{"TESSDATA_PREFIX", directory_.path().c_str()};
};

} // namespace

BOOST_AUTO_TEST_SUITE(languages)

BOOST_AUTO_TEST_CASE(tags_and_codes_are_found) {
  const tesseract_languages all{{"aze_cyrl", "chi_sim", "chi_tra", "deu", "eng", "fil", "heb", "jpn", "kor", "nor",
                                 "por", "srp", "srp_latn", "script/Latin"}};
  const std::pair<const char*, const char*> cases[] = {
      {"en", "eng"},
      {"EN", "eng"},
      {"en-GB", "eng"},
      {"eng", "eng"},
      {"de-AT-1996", "deu"},
      {"zh", "chi_sim"},
      {"zh-CN", "chi_sim"},
      {"zh-Hans", "chi_sim"},
      {"zh-hans-HK", "chi_sim"},
      {"zh-Hant", "chi_tra"},
      {"zh-TW", "chi_tra"},
      {"zh_tw", "chi_tra"},
      {"zh-HK", "chi_tra"},
      {"chi_sim", "chi_sim"},
      {"CHI_TRA", "chi_tra"},
      {"ja", "jpn"},
      {"ko-KR", "kor"},
      {"pt-BR", "por"},
      {"nb-NO", "nor"},
      {"sr", "srp"},
      {"sr-Latn-RS", "srp_latn"},
      {"az-Cyrl", "aze_cyrl"},
      {"iw", "heb"},
      {"tl", "fil"},
      {"script/Latin", "script/Latin"},
  };
  for (const auto& [tag, code] : cases) {
    const auto found = all.find(tag);
    BOOST_REQUIRE_MESSAGE(found, tag << " is not found");
    BOOST_TEST(*found == code);
    BOOST_TEST(!all.refuse(tag));
  }
}

BOOST_AUTO_TEST_CASE(refusals_tell_what_to_do) {
  const tesseract_languages some{{"chi_sim", "eng", "osd"}};
  const auto missing = some.refuse("zh-Hant");
  BOOST_TEST(has(missing, "\"zh-Hant\" is not installed"));
  BOOST_TEST(has(missing, "chi_sim, eng"));
  BOOST_TEST(!has(missing, "osd"));
  BOOST_TEST(has(missing, "tesseract-ocr-chi-tra"));
  BOOST_TEST(has(some.refuse("deu"), "tesseract-ocr-deu"));
  BOOST_TEST(has(some.refuse("tlh"), "\"tlh\" is not known; installed languages: chi_sim, eng"));
  BOOST_TEST(has(tesseract_languages{{}}.refuse("en"), "installed languages: none"));
  // What is no tag is not repeated.
  for (const auto& odd : {std::string{}, std::string(41, 'x'), std::string{"en\n"}, std::string{"../eng"},
                          std::string{"eng+deu"}, std::string{"~eng"}}) {
    BOOST_TEST(!some.find(odd));
    BOOST_TEST(has(some.refuse(odd), "not a language tag"));
  }
}

BOOST_AUTO_TEST_CASE(lists_keep_their_order_and_name_each_once) {
  const tesseract_languages some{{"chi_sim", "eng"}};
  BOOST_TEST(some.join({"zh", "en"}) == "chi_sim+eng");
  BOOST_TEST(some.join({"en-GB", "zh-CN", "en-US", "zh"}) == "eng+chi_sim");
  BOOST_TEST(split_languages("eng+chi_sim") == (std::vector<std::string>{"eng", "chi_sim"}),
             boost::test_tools::per_element());
  BOOST_TEST(split_languages("eng+").size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_data_directory_is_scanned) {
  own_tessdata directory;
  for (const auto* code : {"deu", "osd", "script/Latin", ".hidden", ".hidden/eng"})
    directory.add(code);
  const auto installed = tesseract_languages::installed();
  BOOST_TEST(installed.find("de").value_or("") == "deu");
  BOOST_TEST(installed.find("script/latin").value_or("") == "script/Latin");
  BOOST_TEST(!installed.find("en"));
  BOOST_TEST(!installed.find("osd"));
  BOOST_TEST(has(installed.refuse("en"), "installed languages: deu, script/Latin;"));
}

BOOST_AUTO_TEST_CASE(a_model_has_its_file) {
  own_tessdata directory;
  for (const auto* code : {"deu", "osd", "script/Latin"})
    directory.add(code);
  const auto installed = tesseract_languages::installed();
  for (const std::string code : {"deu", "osd", "script/Latin"}) {
    const auto file = installed.file_of(code);
    BOOST_REQUIRE_MESSAGE(file, code << " has no file");
    BOOST_TEST(*file == directory.path() / (code + ".traineddata"));
    BOOST_TEST(std::filesystem::exists(*file));
  }
  for (const auto* other : {"eng", "", "de", "../deu"})
    BOOST_TEST(!installed.file_of(other));
  BOOST_TEST(!(tesseract_languages{{"deu"}}.file_of("deu")));
}

BOOST_AUTO_TEST_CASE(the_prefix_is_the_directory_or_its_parent) {
  own_tessdata directory;
  BOOST_TEST(tesseract_data_directory() == directory.path());
  directory.add("tessdata/eng");
  BOOST_TEST(tesseract_data_directory() == directory.path() / "tessdata");
  BOOST_TEST(tesseract_languages::installed().find("en").value_or("") == "eng");
  // A directory with models of its own is meant itself.
  directory.add("deu");
  BOOST_TEST(tesseract_data_directory() == directory.path());
}

BOOST_AUTO_TEST_CASE(the_newest_version_is_taken_without_a_prefix) {
  const glyphgate::temporary_directory shared;
  for (const auto* prefix : {static_cast<const char*>(nullptr), ""}) {
    const changed_environment unset{"TESSDATA_PREFIX", prefix};
    std::filesystem::remove_all(shared.path() / "tesseract-ocr");
    BOOST_TEST(tesseract_data_directory(shared.path()) == shared.path() / "tessdata");
    for (const auto* version : {"4.00", "10", "5", "old"})
      std::filesystem::create_directories(shared.path() / "tesseract-ocr" / version / "tessdata");
    std::filesystem::create_directories(shared.path() / "tesseract-ocr" / "11");
    BOOST_TEST(tesseract_data_directory(shared.path()) == shared.path() / "tesseract-ocr/10/tessdata");
  }
}

BOOST_AUTO_TEST_CASE(a_code_has_the_tag_that_people_use) {
  for (const auto& [code, tag] : {std::pair{"eng", "en"},
                                  {"chi_sim", "zh"},
                                  {"chi_tra", "zh-hant"},
                                  {"nor", "no"},
                                  {"heb", "he"},
                                  {"fil", "fil"},
                                  {"srp_latn", "sr-latn"},
                                  {"zh-Hans", "zh-Hans"},
                                  {"und", "und"},
                                  {"", ""}})
    BOOST_TEST(tag_of_code(code) == tag);
}

BOOST_AUTO_TEST_CASE(english_is_installed_where_the_tests_run) {
  BOOST_TEST(tesseract_languages::installed().find("en").value_or("") == "eng");
}

namespace {

tesseract_rules rules_of(std::string_view languages, const tesseract_languages& installed) {
  return {languages, std::make_shared<const tesseract_languages>(installed)};
}

} // namespace

BOOST_AUTO_TEST_CASE(the_rules_refuse_what_it_cannot_serve) {
  const tesseract_languages some{{"chi_sim", "eng"}};
  const auto rules = rules_of("eng+chi_sim", some);
  BOOST_TEST(rules.name() == "tesseract");
  BOOST_TEST(!rules.refuse_default_languages());
  BOOST_TEST(rules.refuse({}).empty());
  BOOST_TEST(rules.refuse({"en", "zh"}).empty());
  const auto reasons = rules.refuse({"de", "en", "tlh"});
  BOOST_REQUIRE(reasons.size() == 2U);
  BOOST_TEST(has(reasons[0], "\"de\""));
  BOOST_TEST(has(reasons[1], "\"tlh\""));

  BOOST_TEST(has(rules_of("eng+jpn", some).refuse_default_languages(), "tesseract-ocr-jpn"));
  BOOST_TEST(rules_of("", some).refuse_default_languages().has_value());
  BOOST_TEST(rules_of("eng+", some).refuse_default_languages().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
