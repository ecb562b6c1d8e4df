#include "fake_gateway.hpp"
#include "http/job_request.hpp"
#include "samples.hpp"
#include "support/file_of.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;

namespace {

using outcome = std::variant<std::shared_ptr<const job_spec>, problem>;

held_bytes held(std::string_view bytes) {
  const auto body = test::body_of(bytes);
  return {body->view(), body};
}

uploaded_picture image(std::string id, std::string_view bytes) {
  return {std::move(id), held(bytes), {}, {}};
}

outcome job_of(std::vector<uploaded_picture> images, std::vector<std::string> hints = {}) {
  upload from;
  from.pictures = std::move(images);
  from.language_hints = std::move(hints);
  return job_from(std::move(from), call_limits{}, job_config{}, test::fake_engine{});
}

outcome job_with_delay(std::string delay) {
  upload from;
  from.pictures.push_back(image("a", test::png_header(10, 20)));
  from.max_delay_seconds = std::move(delay);
  job_config jobs;
  jobs.max_age = std::chrono::seconds{7200};
  return job_from(std::move(from), call_limits{}, jobs, test::fake_engine{});
}

problem refused(outcome result) {
  BOOST_TEST_REQUIRE(std::holds_alternative<problem>(result));
  return std::move(std::get<problem>(result));
}

// The image of each error, as text.
std::vector<std::string> labels(const problem& p) {
  std::vector<std::string> result;
  for (const auto& e : p.errors) {
    if (const auto* id = std::get_if<std::string>(&e.image))
      result.push_back(*id);
    else if (const auto* index = std::get_if<std::size_t>(&e.image))
      result.push_back("#" + std::to_string(*index));
    else
      result.push_back(e.field);
  }
  return result;
}

using names = std::vector<std::string>;

const std::string small = test::png_header(10, 20);
const std::string foreign = "GIF89a and so on";
const std::string huge = test::png_header(10, 60'000);

} // namespace

BOOST_AUTO_TEST_SUITE(job_requests)

BOOST_AUTO_TEST_CASE(a_sound_upload_becomes_a_job) {
  const auto result = job_of({image("a", small), image("b", test::png_header(3, 4))}, {"zh"});
  const auto& spec = *std::get<std::shared_ptr<const job_spec>>(result);
  BOOST_TEST_REQUIRE(spec.pictures.size() == 2U);
  BOOST_TEST(spec.pictures[0].id == "a");
  BOOST_TEST(file_of(spec.pictures[0]) == small);
  BOOST_TEST((spec.pictures[0].content == sha256(small)));
  BOOST_TEST(spec.pictures[1].info.width == 3U);
  BOOST_TEST(spec.pictures[1].info.height == 4U);
  BOOST_TEST(spec.language_hints == names{"zh"});
  BOOST_TEST((spec.identity == identity_of(spec.pictures, spec.language_hints, "fake")));
}

BOOST_AUTO_TEST_CASE(every_error_is_listed_and_not_the_first) {
  const auto p = refused(job_of({image("a", small),
                                 image("a", small),
                                 image("", small),
                                 {std::nullopt, held(small), {}, {}},
                                 image("e", ""),
                                 {"f", {}, "data is missing", {}},
                                 image("g", "\x89PNG\r\n\x1a\n"),
                                 image(std::string(257, 'h'), small),
                                 image("i\n", small),
                                 image("\xff", small),
                                 image("k", foreign),
                                 image("l", huge)}));
  BOOST_TEST(p.status == 422U);
  BOOST_TEST((labels(p) == names{"a", "#2", "#3", "e", "f", "g", "#7", "#8", "#9", "k", "l"}));
}

BOOST_AUTO_TEST_CASE(an_id_may_hold_256_bytes_of_any_script) {
  BOOST_TEST(job_of({image(std::string(256, 'h'), small), image("\xe6\x96\x87 .png", small)}).index() == 0U);
}

BOOST_AUTO_TEST_CASE(one_kind_of_error_decides_the_status) {
  const auto foreign_only = refused(job_of({image("a", foreign), image("b", small)}));
  BOOST_TEST(foreign_only.status == 415U);
  BOOST_TEST(foreign_only.supported.size() == 3U);
  BOOST_TEST((labels(foreign_only) == names{"a"}));

  const auto large_only = refused(job_of({image("a", huge)}));
  BOOST_TEST(large_only.status == 413U);
  BOOST_TEST(large_only.limit.value().name == "height_limit_px");
  BOOST_TEST(large_only.limit.value().value == 50'000U);

  BOOST_TEST(refused(job_of({image("a", huge), image("b", foreign)})).status == 415U);
  BOOST_TEST(refused(job_of({image("a", huge), image("b", foreign), image("c", "")})).status == 422U);
}

BOOST_AUTO_TEST_CASE(no_image_is_an_error_of_its_own) {
  const auto p = refused(job_of({}));
  BOOST_TEST(p.status == 422U);
  BOOST_TEST((labels(p) == names{"images"}));
}

BOOST_AUTO_TEST_CASE(hints_are_refused_by_the_engine_or_for_their_form) {
  const auto p = refused(job_of({image("a", small)}, {"en", "fr", "de"}));
  BOOST_TEST(p.status == 422U);
  BOOST_TEST((labels(p) == names{"language_hints", "language_hints"}));
  BOOST_TEST(p.errors[0].detail == "fr is not installed");
  for (const auto& hint : {std::string{}, std::string(65, 'x'), std::string{"e\tn"}, std::string{"\xff"}})
    BOOST_TEST(refused(job_of({image("a", small)}, {hint})).status == 422U);
}

BOOST_AUTO_TEST_CASE(a_delay_is_whole_seconds_up_to_the_age_limit) {
  const auto delay = [](const outcome& o) { return std::get<std::shared_ptr<const job_spec>>(o)->max_delay; };
  BOOST_TEST(!delay(job_of({image("a", small)})).has_value());
  BOOST_TEST((delay(job_with_delay("0")) == duration{0}));
  BOOST_TEST((delay(job_with_delay("60")) == std::chrono::seconds{60}));
  BOOST_TEST((delay(job_with_delay("7200")) == std::chrono::seconds{7200}));
  for (const auto* wrong : {"", "7201", "-1", "+1", "6.5", "1e2", " 60", "60s", "soon", "99999999999999999999"}) {
    const auto p = refused(job_with_delay(wrong));
    BOOST_TEST(p.status == 422U);
    BOOST_TEST((labels(p) == names{"max_delay_seconds"}), wrong);
    BOOST_TEST(
        p.errors[0].detail ==
        "it must be a whole number of seconds from 0 to 7200 (JOB_MAX_AGE_SECONDS); correct it, or leave it out");
  }
}

BOOST_AUTO_TEST_CASE(a_delay_does_not_change_what_the_job_is) {
  const auto with = std::get<std::shared_ptr<const job_spec>>(job_with_delay("60"));
  const auto without = std::get<std::shared_ptr<const job_spec>>(job_of({image("a", small)}));
  BOOST_TEST((with->identity == without->identity));
  BOOST_TEST((with->recognition_keys == without->recognition_keys));
  BOOST_TEST(with->pictures.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
