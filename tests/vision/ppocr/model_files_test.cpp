#include "core/digest.hpp"
#include "vision/ppocr/model_files.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

mapped_model_source holding(const std::string& name, const std::string& bytes) {
  return [=](std::string_view asked) -> std::optional<held_bytes> {
    if (asked != name)
      return std::nullopt;
    const auto kept = std::make_shared<const std::string>(bytes);
    return held_bytes{*kept, kept};
  };
}

std::string error_of(const std::variant<held_bytes, std::string>& result) {
  const auto* error = std::get_if<std::string>(&result);
  return error == nullptr ? "" : *error;
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_files)

BOOST_AUTO_TEST_CASE(a_file_is_what_its_digest_says) {
  const auto sums = to_hex(sha256("other")) + "  not-det.onnx\n" + to_hex(sha256("model")) + "  det.onnx\n";
  const auto good = checked_model(holding("det.onnx", "model"), "det.onnx", sums);
  BOOST_REQUIRE(std::holds_alternative<held_bytes>(good));
  BOOST_TEST(std::get<held_bytes>(good).view == "model");
  BOOST_TEST(error_of(checked_model(holding("det.onnx", "modem"), "det.onnx", sums))
                 .starts_with("det.onnx is damaged or of another version"));
  BOOST_TEST(
      error_of(checked_model(holding("rec.onnx", "model"), "det.onnx", sums)).starts_with("det.onnx is not there"));
  BOOST_TEST(error_of(checked_model(holding("rec.onnx", "model"), "rec.onnx", sums))
                 .starts_with("SHA256SUMS does not name rec.onnx"));
  BOOST_TEST(!error_of(checked_model(holding("det.onnx", "model"), "det.onnx", "")).empty());
  BOOST_TEST(!error_of(checked_model(holding("det.onnx", "model"), "det.onnx", "  det.onnx\n\n")).empty());
}

BOOST_AUTO_TEST_SUITE_END()
