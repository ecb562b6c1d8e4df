#include "support/temporary_directory.hpp"
#include "vision/tesseract/languages.hpp"
#include "vision/tesseract/tesseract_provider.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate::vision;

namespace {

bool has(const std::optional<std::string>& text, std::string_view part) {
  return text && text->find(part) != std::string::npos;
}

/// A data directory of this process's own while it lives.
class own_tessdata {
public:
  own_tessdata() {
    if (const char* before = std::getenv("TESSDATA_PREFIX"))
      before_ = before;
    ::setenv("TESSDATA_PREFIX", directory_.path().c_str(), 1);
  }

  ~own_tessdata() {
    if (before_)
      ::setenv("TESSDATA_PREFIX", before_->c_str(), 1);
    else
      ::unsetenv("TESSDATA_PREFIX");
  }

  own_tessdata(const own_tessdata&) = delete;
  own_tessdata& operator=(const own_tessdata&) = delete;

  void add(const std::string& code) { directory_.write(code + ".traineddata", "no data"); }

private:
  std::optional<std::string> before_;
  glyphgate::temporary_directory directory_;
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
  directory.add("deu");
  directory.add("osd");
  const auto installed = tesseract_languages::installed();
  BOOST_TEST(installed.find("de").value_or("") == "deu");
  BOOST_TEST(!installed.find("en"));
  BOOST_TEST(!installed.find("osd"));
}

BOOST_AUTO_TEST_CASE(english_is_installed_where_the_tests_run) {
  BOOST_TEST(tesseract_languages::installed().find("en").value_or("") == "eng");
}

BOOST_AUTO_TEST_CASE(the_provider_refuses_what_it_cannot_serve) {
  const tesseract_languages some{{"chi_sim", "eng"}};
  const tesseract_provider provider{"eng+chi_sim", some};
  BOOST_TEST(provider.name() == "tesseract");
  BOOST_TEST(provider.price_per_call() == 0U);
  BOOST_TEST(!provider.refuse_default_languages());
  BOOST_TEST(provider.refuse_hints({}).empty());
  BOOST_TEST(provider.refuse_hints({"en", "zh"}).empty());
  const auto reasons = provider.refuse_hints({"de", "en", "tlh"});
  BOOST_REQUIRE(reasons.size() == 2U);
  BOOST_TEST(has(reasons[0], "\"de\""));
  BOOST_TEST(has(reasons[1], "\"tlh\""));

  BOOST_TEST(has(tesseract_provider("eng+jpn", some).refuse_default_languages(), "tesseract-ocr-jpn"));
  BOOST_TEST(tesseract_provider("", some).refuse_default_languages().has_value());
  BOOST_TEST(tesseract_provider("eng+", some).refuse_default_languages().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
