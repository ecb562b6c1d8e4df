#include "../fake_gateway.hpp"
#include "../samples.hpp"
#include "http/uploads/job_request.hpp"
#include "support/file_of.hpp"
#include "vision/picture_header.hpp"

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
  return job_from(std::move(from), config{}, test::fake_engine{});
}

outcome job_skipping(std::vector<uploaded_picture> images, const config& settings = {}) {
  upload from;
  from.pictures = std::move(images);
  from.on_error = "skip";
  return job_from(std::move(from), settings, test::fake_engine{});
}

std::shared_ptr<const job_spec> accepted(outcome result) {
  BOOST_TEST_REQUIRE(std::holds_alternative<std::shared_ptr<const job_spec>>(result));
  return std::get<std::shared_ptr<const job_spec>>(std::move(result));
}

outcome job_with_delay(std::string delay) {
  upload from;
  from.pictures.push_back(image("a", test::png_header(10, 20)));
  from.max_delay_seconds = std::move(delay);
  config settings;
  settings.jobs.max_age = std::chrono::seconds{7200};
  return job_from(std::move(from), settings, test::fake_engine{});
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
const std::string foreign = "%PDF-1.7 and so on";
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
  BOOST_TEST(foreign_only.supported.size() == 11U);
  BOOST_TEST((labels(foreign_only) == names{"a"}));

  const auto large_only = refused(job_of({image("a", huge)}));
  BOOST_TEST(large_only.status == 413U);
  BOOST_TEST(large_only.limit.value().name == "height_limit_px");
  BOOST_TEST(large_only.limit.value().value == 50'000U);

  BOOST_TEST(refused(job_of({image("a", huge), image("b", foreign)})).status == 415U);
  BOOST_TEST(refused(job_of({image("a", huge), image("b", foreign), image("c", "")})).status == 422U);
}

BOOST_AUTO_TEST_CASE(what_needs_too_much_memory_is_too_large) {
  const auto job = [](std::uint32_t memory_mb) {
    config settings;
    settings.engine.picture_memory_mb = memory_mb;
    upload from;
    // It needs 3.9 MiB.
    from.pictures.push_back(image("a", test::png_header(1000, 1024)));
    return job_from(std::move(from), settings, test::fake_engine{});
  };
  BOOST_TEST(job(0).index() == 0U);
  BOOST_TEST(job(4).index() == 0U);
  const auto p = refused(job(3));
  BOOST_TEST(p.status == 413U);
  BOOST_TEST(p.limit.value().name == "picture_memory_mb");
  BOOST_TEST(p.limit.value().value == 3U);
  BOOST_TEST(p.errors.at(0).detail ==
             "the image needs 4 MiB of memory to be read; at most 3 MiB are available (PICTURE_MEMORY_MB); send it "
             "smaller, or in parts");
}

BOOST_AUTO_TEST_CASE(pictures_at_fault_are_skipped_where_others_are_not) {
  uploaded_picture no_base64{"d", {}, "data is not base64: it is cut short", sha256("Z")};
  const auto spec = accepted(
      job_skipping({image("a", foreign), image("b", small), image("c", ""), no_base64, image("e", "\x89PNG\r\n\x1a\n"),
                    image("f", huge), image("g", std::string(16 << 20, 'x'))}));
  BOOST_TEST_REQUIRE(spec->pictures.size() == 7U);
  names ids;
  for (const auto& p : spec->pictures) {
    ids.push_back(p.id);
    BOOST_TEST(p.refused.empty() == (p.id == "b"));
    BOOST_TEST(file_of(p) == (p.id == "b" ? small : ""));
  }
  BOOST_TEST((ids == names{"a", "b", "c", "d", "e", "f", "g"}));
  BOOST_TEST(spec->pictures[0].refused.starts_with("the file is a PDF"));
  BOOST_TEST((spec->pictures[1].content == sha256(small)));
  BOOST_TEST(spec->pictures[2].refused == "it is empty");
  BOOST_TEST(spec->pictures[3].refused == "data is not base64: it is cut short");
  BOOST_TEST(spec->pictures[6].refused.starts_with("the file has 16777216 bytes"));
  BOOST_TEST((spec->identity == identity_of(spec->pictures, {}, "fake")));
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_skipped_is_known_by_its_fault) {
  const auto identity = [](std::string_view bytes, std::uint32_t height_px) {
    config settings;
    settings.calls.height_px = height_px;
    return accepted(job_skipping({image("a", bytes), image("b", small)}, settings))->identity;
  };
  const auto high = test::png_header(10, 3000);
  BOOST_TEST((identity(high, 2000) == identity(high, 2000)));
  BOOST_TEST((identity(high, 2000) != identity(high, 2500)));
  BOOST_TEST((identity(high, 2000) != identity(high, 3000)));
  BOOST_TEST((identity(high, 2000) == identity(test::png_header(10, 3000, "other"), 2000)));
  // What was refused is not what was recognised when more was allowed.
  config settings;
  settings.calls.height_px = 2000;
  const auto spec = accepted(job_skipping({image("a", high), image("b", small)}, settings));
  BOOST_TEST((spec->recognition_keys.at(0) != recognition_key("fake", {}, sha256(high))));
}

BOOST_AUTO_TEST_CASE(where_every_picture_is_at_fault_the_job_is_refused) {
  const auto p = refused(job_skipping({image("a", foreign), image("b", foreign), image("c", huge)}));
  BOOST_TEST(p.status == 415U);
  BOOST_TEST((labels(p) == names{"a", "b", "c"}));
}

BOOST_AUTO_TEST_CASE(faults_of_the_request_are_not_skipped) {
  const auto check = [](std::vector<uploaded_picture> images, const names& wrong) {
    images.push_back(image("bad", foreign));
    const auto p = refused(job_skipping(std::move(images)));
    BOOST_TEST(p.status == 422U);
    auto all = wrong;
    all.emplace_back("bad");
    BOOST_TEST((labels(p) == all));
  };
  check({image("a", small), image("a", small)}, {"a"});
  check({image("a", small), image("", small)}, {"#1"});
  check({image("a", small), {std::nullopt, held(small), {}, {}}}, {"#1"});

  upload from;
  from.pictures = {image("a", small), image("bad", foreign)};
  from.language_hints = {"fr"};
  from.max_delay_seconds = "soon";
  from.on_error = "skip";
  const auto p = refused(job_from(std::move(from), config{}, test::fake_engine{}));
  BOOST_TEST((labels(p) == names{"language_hints", "max_delay_seconds", "bad"}));
}

BOOST_AUTO_TEST_CASE(what_to_do_on_errors_is_one_of_two_words) {
  const auto job = [](const char* on_error) {
    upload from;
    from.pictures = {image("a", small), image("b", foreign)};
    from.on_error = on_error;
    return job_from(std::move(from), config{}, test::fake_engine{});
  };
  BOOST_TEST(job("skip").index() == 0U);
  BOOST_TEST((labels(refused(job("refuse"))) == names{"b"}));
  for (const auto* wrong : {"", "Skip", "ignore"})
    BOOST_TEST((labels(refused(job(wrong))) == names{"on_error", "b"}), wrong);
}

BOOST_AUTO_TEST_CASE(whether_images_are_kept_is_part_of_the_job) {
  const auto job = [](const std::optional<std::string>& given) {
    upload from;
    from.pictures = {image("a", small)};
    from.keep_images = given;
    return job_from(std::move(from), config{}, test::fake_engine{});
  };
  BOOST_TEST(!accepted(job(std::nullopt))->keep_images);
  BOOST_TEST(accepted(job("true"))->keep_images);
  BOOST_TEST((accepted(job("false"))->identity == accepted(job(std::nullopt))->identity));
  BOOST_TEST((accepted(job("true"))->identity != accepted(job(std::nullopt))->identity));
  BOOST_TEST((labels(refused(job("yes"))) == names{"keep_images"}));
}

BOOST_AUTO_TEST_CASE(whether_near_duplicates_are_read_once_is_part_of_the_job) {
  const auto job = [](const std::optional<std::string>& given) {
    upload from;
    from.pictures = {image("a", small)};
    from.near_duplicates = given;
    return job_from(std::move(from), config{}, test::fake_engine{});
  };
  BOOST_TEST(!accepted(job(std::nullopt))->near_duplicates);
  BOOST_TEST(!accepted(job("false"))->near_duplicates);
  BOOST_TEST(accepted(job("true"))->near_duplicates);
  BOOST_TEST((accepted(job("false"))->identity == accepted(job(std::nullopt))->identity));
  BOOST_TEST((accepted(job("true"))->identity != accepted(job(std::nullopt))->identity));
  for (const auto* wrong : {"", "True", "1", "yes"})
    BOOST_TEST((labels(refused(job(wrong))) == names{"near_duplicates"}), wrong);
}

BOOST_AUTO_TEST_CASE(each_page_of_a_file_is_a_picture) {
  const auto file = test::tiff_header({{10, 20}, {30, 40}, {50, 60}});
  const auto spec = accepted(job_of({image("a", small), image("scan", file), image("z", small)}));
  BOOST_TEST_REQUIRE(spec->pictures.size() == 5U);
  const auto& first = spec->pictures[1];
  BOOST_TEST(first.id == "scan#1");
  BOOST_TEST((first.content == sha256(file)));
  const auto digested = sha256(file);
  const std::string bytes{reinterpret_cast<const char*>(digested.bytes.data()), digested.bytes.size()};
  for (std::uint32_t page = 0; page < 3; ++page) {
    const auto& p = spec->pictures[1 + page];
    BOOST_TEST(p.id == "scan#" + std::to_string(page + 1));
    BOOST_TEST(p.info.page == page);
    BOOST_TEST(p.info.width == 10 + 20 * page);
    BOOST_TEST(p.info.height == 20 + 20 * page);
    BOOST_TEST((p.bytes == first.bytes));
    if (page != 0)
      BOOST_TEST((p.content == sha256(bytes + std::string(3, '\0') + static_cast<char>(page))));
  }
  BOOST_TEST(file_of(first) == file);
  BOOST_TEST((spec->pictures[4].content == sha256(small)));
  // One page is just a picture.
  const auto one = accepted(job_of({image("scan", test::tiff_header({{10, 20}}))}));
  BOOST_TEST(one->pictures.at(0).id == "scan");
}

BOOST_AUTO_TEST_CASE(ids_of_pages_are_unique_and_not_too_long) {
  const auto file = test::tiff_header({{10, 20}, {30, 40}});
  BOOST_TEST((labels(refused(job_of({image("a", file), image("a#2", small)}))) == names{"a#2"}));
  BOOST_TEST((labels(refused(job_of({image("a#2", small), image("a", file)}))) == names{"a#2"}));
  BOOST_TEST((labels(refused(job_of({image("a", file), image("a", file)}))) == names{"a", "a#1", "a#2"}));
  BOOST_TEST(job_of({image("a", file), image("a#3", small)}).index() == 0U);
  BOOST_TEST(job_of({image(std::string(254, 'x'), file)}).index() == 0U);
  const auto p = refused(job_of({image(std::string(255, 'x'), file)}));
  BOOST_TEST(p.status == 422U);
  BOOST_TEST(p.errors.size() == 2U);
  BOOST_TEST(p.errors.at(0).detail ==
             "the id of a page, which is the file's with its number, is longer than 256 bytes; "
             "give the file a shorter one");
  BOOST_TEST((labels(refused(job_of({{std::nullopt, held(file), {}, {}}}))) == names{"#0"}));
}

BOOST_AUTO_TEST_CASE(pages_count_as_images) {
  const auto file = test::tiff_header(std::vector<std::pair<std::uint32_t, std::uint32_t>>(100, {10, 20}));
  std::vector<uploaded_picture> images;
  for (int i = 0; i < 100; ++i)
    images.push_back(image(std::to_string(i), file));
  BOOST_TEST(accepted(job_of(images))->pictures.size() == max_images_per_job);
  images.push_back(image("more", small));
  const auto p = refused(job_of(images));
  BOOST_TEST((labels(p) == names{"images"}));
  BOOST_TEST(p.errors.at(0).detail == "there are more than 10000, pages counted");
}

BOOST_AUTO_TEST_CASE(a_page_at_fault_is_one_picture_that_is_skipped) {
  const auto file = test::tiff_header({{10, 20}, {10, 60'000}, {50, 60}});
  BOOST_TEST((labels(refused(job_of({image("scan", file)}))) == names{"scan#2"}));
  const auto spec = accepted(job_skipping({image("scan", file)}));
  BOOST_TEST_REQUIRE(spec->pictures.size() == 3U);
  BOOST_TEST(spec->pictures[1].id == "scan#2");
  BOOST_TEST(spec->pictures[1].refused.find("50000 px") != std::string::npos);
  BOOST_TEST(file_of(spec->pictures[1]) == "");
  BOOST_TEST(spec->pictures[2].refused == "");
  BOOST_TEST(spec->pictures[2].info.page == 2U);
  BOOST_TEST(file_of(spec->pictures[2]) == file);
}

BOOST_AUTO_TEST_CASE(no_image_is_an_error_of_its_own) {
  const auto p = refused(job_of({}));
  BOOST_TEST(p.status == 422U);
  BOOST_TEST((labels(p) == names{"images"}));
}

BOOST_AUTO_TEST_CASE(hints_are_refused_by_the_engine_or_for_their_form) {
  const auto p = refused(job_of({image("a", small)}, {"en", "fr", "de"}));
  BOOST_TEST(p.status == 422U);
  BOOST_TEST((labels(p) == names{"language_hints"}));
  BOOST_TEST(p.errors[0].detail == "fr is not installed; de is not installed");
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
