#include "http/formats/srt.hpp"
#include "sample_job.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using std::chrono::milliseconds;

namespace {

picture_result frame(std::string id, const std::string& text) {
  recognition r;
  for (const char c : text) {
    if (c == '\n')
      r.symbols.back().after = text_break::line;
    else
      r.symbols.push_back(letter(std::string(1, c), 0, 0));
  }
  return read_picture(std::move(id), std::move(r));
}

std::string srt_of(std::vector<picture_result> frames, const std::vector<std::string_view>& given = {}) {
  const auto job = extract_of(std::move(frames));
  auto times = times_of(job, given);
  if (const auto* why = std::get_if<std::string>(&times))
    return *why;
  return rendered(*make_srt_renderer(job, std::get<picture_times>(times)), job.pages());
}

} // namespace

BOOST_AUTO_TEST_SUITE(srt)

BOOST_AUTO_TEST_CASE(times_are_read) {
  const std::vector<std::pair<const char*, int>> good{{"0", 0},
                                                      {"62.345", 62'345},
                                                      {"1:02", 62'000},
                                                      {"1:02:03.5", 3'723'500},
                                                      {"00:00:00,040", 40},
                                                      {"62345ms", 62'345},
                                                      {"1h", 3'600'000},
                                                      {"00h01m02s345ms", 62'345},
                                                      {"2m3ms", 120'003},
                                                      {"1.23456", 1234}};
  for (const auto& [text, thousandths] : good)
    BOOST_TEST((parse_time(text) == milliseconds{thousandths}), text);
  for (const auto* bad : {"", "x", "1:60", "1:2:3:4", "-1", "1.", "1.x", "1s2m", "1s1s", "1000:00:00", "1234567890",
                          "ms", "1:", ":1", "1 ", "3x"})
    BOOST_TEST(!parse_time(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(ids_end_with_times) {
  const std::vector<std::pair<const char*, int>> good{{"film@00:01:02.345", 62'345},
                                                      {"film@62.345.png", 62'345},
                                                      {"a_00h01m02s345ms.jpg", 62'345},
                                                      {"a-62345ms", 62'345},
                                                      {"62345ms.webp", 62'345}};
  for (const auto& [id, thousandths] : good)
    BOOST_TEST((time_in_id(id) == milliseconds{thousandths}), id);
  for (const auto* bad : {"frame_0001.png", "film@", "film@x", "a_1234", "class", ""})
    BOOST_TEST(!time_in_id(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_caption_over_several_frames_is_one_cue) {
  BOOST_TEST(srt_of({frame("@0", ""), frame("@1", "Hello\nyou"), frame("@1.5", "Hello\nyou"), frame("@2", ""),
                     frame("@3", "Bye"), frame("@3.5", "Bye")}) == "1\n00:00:01,000 --> 00:00:02,000\nHello\nyou\n\n"
                                                                   "2\n00:00:03,000 --> 00:00:05,500\nBye\n\n");
}

BOOST_AUTO_TEST_CASE(a_cue_ends_soon_after_its_last_frame) {
  BOOST_TEST(srt_of({frame("@0", "a"), frame("@3600", "b")}) == "1\n00:00:00,000 --> 00:00:05,000\na\n\n"
                                                                "2\n01:00:00,000 --> 01:00:02,000\nb\n\n");
}

BOOST_AUTO_TEST_CASE(a_frame_that_failed_does_not_end_a_cue) {
  BOOST_TEST(srt_of({frame("@0", "a"), failed_picture("@1", "no"), frame("@2", "a")}) ==
             "1\n00:00:00,000 --> 00:00:04,000\na\n\n");
}

BOOST_AUTO_TEST_CASE(captions_hold_nothing_that_ends_them) {
  BOOST_TEST(srt_of({frame("@0", "a\n \nb-->c")}) == "1\n00:00:00,000 --> 00:00:02,000\na\nb->c\n\n");
}

BOOST_AUTO_TEST_CASE(times_may_be_given_beside) {
  BOOST_TEST(srt_of({frame("x", "a"), frame("y", "b")}, {"1", "0:02"}) ==
             "1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:02,000 --> 00:00:04,000\nb\n\n");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_times_is_told) {
  BOOST_TEST(srt_of({frame("x", "a")}).starts_with("the id \"x\" does not end with a time"));
  BOOST_TEST(srt_of({frame("x", "a")}, {"1", "2"}) == "the number of times, 2, is not that of the images, 1");
  BOOST_TEST(srt_of({frame("x", "a")}, {"soon"}) == "\"soon\" is no time such as 00:01:02.345 or 62.345");
  BOOST_TEST(srt_of({frame("@1", "a"), frame("b@1", "a")}) ==
             "the time of \"b@1\" is not after that of the image before it");
}

BOOST_AUTO_TEST_SUITE_END()
