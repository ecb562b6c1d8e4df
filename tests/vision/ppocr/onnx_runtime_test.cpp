#include "vision/ppocr/onnx_runtime.hpp"
#include "vision/ppocr/onnx_session.hpp"
#include "with_parts.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

std::string error_of(const auto& result) {
  const auto* error = std::get_if<std::string>(&result);
  return error == nullptr ? "" : *error;
}

} // namespace

BOOST_AUTO_TEST_SUITE(runtimes_without_parts)

BOOST_AUTO_TEST_CASE(a_library_that_is_not_there_is_a_failure_in_words) {
  const onnx_runtime runtime{"/nowhere/libonnxruntime.so.1"};
  BOOST_TEST(!runtime.failure().empty());
  BOOST_TEST(runtime.version().empty());
  BOOST_TEST(error_of(onnx_session::open(runtime, "model")) == runtime.failure());
}

BOOST_AUTO_TEST_CASE(another_library_is_a_failure_in_words) {
  const onnx_runtime runtime{"libm.so.6"};
  BOOST_TEST(!runtime.failure().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(runtimes, *boost::unit_test::precondition(vision::test::parts_are_there))

BOOST_AUTO_TEST_CASE(it_is_loaded_and_says_its_version) {
  const onnx_runtime runtime{vision::test::parts().runtime()};
  BOOST_TEST(runtime.failure() == "");
  BOOST_TEST(runtime.version().starts_with("1."));
  // Twice in a process.
  const onnx_runtime again{vision::test::parts().runtime()};
  BOOST_TEST(again.failure() == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_model_is_refused) {
  const onnx_runtime runtime{vision::test::parts().runtime()};
  for (const auto& model : {std::string{}, std::string{"x"}, std::string(1000, '\0')})
    BOOST_TEST(!error_of(onnx_session::open(runtime, model)).empty());
}

BOOST_AUTO_TEST_CASE(a_shape_that_the_model_does_not_take_is_an_error) {
  const onnx_runtime runtime{vision::test::parts().runtime()};
  auto made = onnx_session::open(runtime, vision::test::parts().source()("cls.onnx")->view);
  BOOST_REQUIRE(std::holds_alternative<onnx_session>(made));
  auto& session = std::get<onnx_session>(made);
  std::vector<float> values(3 * 48 * 192);
  const auto good = session.run(std::array<std::int64_t, 4>{1, 3, 48, 192}, values);
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<tensor>(good), error_of(good));
  BOOST_TEST(std::get<tensor>(good).shape == (std::vector<std::int64_t>{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(!error_of(session.run(std::array<std::int64_t, 4>{1, 1, 48, 576}, values)).empty());
  BOOST_TEST(!error_of(session.run(std::array<std::int64_t, 1>{3}, values)).empty());
  // More than there is.
  BOOST_TEST(!error_of(session.run(std::array<std::int64_t, 4>{2, 3, 48, 192}, values)).empty());
}

BOOST_AUTO_TEST_SUITE_END()
