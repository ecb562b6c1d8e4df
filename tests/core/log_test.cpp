#include "core/log.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <vector>

using glyphgate::log_format;
using glyphgate::log_level;

namespace {

// Catches what the process writes to standard error while it lives.
class captured_stderr {
public:
  captured_stderr() { ::dup2(::fileno(file_), STDERR_FILENO); }
  ~captured_stderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    std::fclose(file_);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;

  std::vector<std::string> lines() const {
    std::vector<std::string> result;
    std::string text;
    std::array<char, 4096> chunk;
    off_t at = 0;
    for (ssize_t n; (n = ::pread(::fileno(file_), chunk.data(), chunk.size(), at)) > 0; at += n)
      text.append(chunk.data(), static_cast<std::size_t>(n));
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      result.push_back(text.substr(begin, end - begin));
    return result;
  }

private:
  int saved_ = ::dup(STDERR_FILENO);
  std::FILE* file_ = std::tmpfile();
};

constexpr std::size_t time_length = std::string_view{"2026-01-05T10:30:00.123Z"}.size();

// The one line that `write` makes, without its time.
std::string text_of(std::initializer_list<glyphgate::log::field> values) {
  glyphgate::log::configure({log_level::info, log_format::text});
  captured_stderr err;
  glyphgate::log::info("an_event", values);
  const auto lines = err.lines();
  BOOST_REQUIRE_EQUAL(lines.size(), 1U);
  BOOST_TEST(lines[0][time_length - 1] == 'Z');
  return lines[0].substr(time_length + 1);
}

rapidjson::Document json_of(std::initializer_list<glyphgate::log::field> values) {
  glyphgate::log::configure({log_level::info, log_format::json});
  captured_stderr err;
  glyphgate::log::info("an_event", values);
  const auto lines = err.lines();
  BOOST_REQUIRE_EQUAL(lines.size(), 1U);
  rapidjson::Document parsed;
  parsed.Parse<rapidjson::kParseValidateEncodingFlag>(lines[0].c_str());
  BOOST_REQUIRE(!parsed.HasParseError());
  return parsed;
}

struct default_log {
  ~default_log() { glyphgate::log::configure({}); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_test, default_log)

BOOST_AUTO_TEST_CASE(a_text_line_holds_level_event_and_values) {
  BOOST_TEST(text_of({{"job_id", "0a1b"}, {"images", 3}, {"seconds", 0.25}, {"cached", true}}) ==
             "info an_event job_id=0a1b images=3 seconds=0.25 cached=true");
}

BOOST_AUTO_TEST_CASE(a_text_value_is_quoted_where_it_must_be) {
  BOOST_TEST(text_of({{"v", ""}}) == R"(info an_event v="")");
  BOOST_TEST(text_of({{"v", "two words"}}) == R"(info an_event v="two words")");
  BOOST_TEST(text_of({{"v", "a=b"}}) == R"(info an_event v="a=b")");
  BOOST_TEST(text_of({{"v", R"(say "hi" \o)"}}) == R"(info an_event v="say \"hi\" \\o")");
  BOOST_TEST(text_of({{"v", "字幕"}}) == "info an_event v=字幕");
}

BOOST_AUTO_TEST_CASE(a_value_cannot_forge_a_line_or_command_a_terminal) {
  BOOST_TEST(text_of({{"v", "x\n2026-01-05T10:30:00.123Z info forged"}}) ==
             R"(info an_event v="x\u000a2026-01-05T10:30:00.123Z info forged")");
  BOOST_TEST(text_of({{"v", "\r\x1b[2J\x7f"}}) == R"(info an_event v="\u000d\u001b[2J\u007f")");
  BOOST_TEST(text_of({{"v", "\u0085\u009b\u2028\u202e\u2066"}}) ==
             R"(info an_event v="\u0085\u009b\u2028\u202e\u2066")");
  BOOST_TEST(text_of({{"v", std::string_view{"a\0b", 3}}}) == R"(info an_event v="a\u0000b")");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_replaced) {
  for (const auto* bad :
       {"\xff", "\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5", "\xe5\xad"})
    BOOST_TEST(text_of({{"v", bad}}).starts_with(R"(info an_event v="\ufffd)"));
  BOOST_TEST(text_of({{"v", "\xffok"}}) == R"(info an_event v="\ufffdok")");
}

BOOST_AUTO_TEST_CASE(a_json_line_is_one_object_whatever_the_values_hold) {
  const std::string nasty{"\"},{\"event\":\"forged\\\n\t\x01 \xff 字", 30};
  const auto line = json_of({{"v", nasty}, {"images", -3}, {"seconds", 0.25}, {"cached", false}});
  BOOST_REQUIRE(line.IsObject());
  BOOST_TEST(line.MemberCount() == 7U);
  BOOST_TEST(line["level"].GetString() == "info");
  BOOST_TEST(line["event"].GetString() == "an_event");
  BOOST_TEST(line["time"].GetStringLength() == time_length);
  BOOST_TEST(line["images"].GetInt() == -3);
  BOOST_TEST(line["seconds"].GetDouble() == 0.25);
  BOOST_TEST(line["cached"].GetBool() == false);
  const std::string_view value{line["v"].GetString(), line["v"].GetStringLength()};
  BOOST_TEST(value.starts_with("\"},{\"event\":\"forged\\\n\t\x01 \ufffd "));
}

BOOST_AUTO_TEST_CASE(a_number_that_json_cannot_hold_is_null) {
  BOOST_TEST(json_of({{"v", std::numeric_limits<double>::infinity()}})["v"].IsNull());
  BOOST_TEST(json_of({{"v", std::numeric_limits<double>::quiet_NaN()}})["v"].IsNull());
}

BOOST_AUTO_TEST_CASE(events_below_the_level_are_not_written) {
  glyphgate::log::configure({log_level::warn, log_format::text});
  captured_stderr err;
  glyphgate::log::debug("a");
  glyphgate::log::info("b");
  glyphgate::log::warn("c");
  glyphgate::log::error("d");
  const auto lines = err.lines();
  BOOST_REQUIRE_EQUAL(lines.size(), 2U);
  BOOST_TEST(lines[0].ends_with(" warn c"));
  BOOST_TEST(lines[1].ends_with(" error d"));
}

BOOST_AUTO_TEST_CASE(lines_of_several_threads_stay_whole) {
  glyphgate::log::configure({log_level::info, log_format::text});
  captured_stderr err;
  const std::string payload(2000, 'x');
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
          glyphgate::log::info("an_event", {{"v", payload}});
      });
  }
  const auto lines = err.lines();
  BOOST_TEST(lines.size() == 800U);
  for (const auto& line : lines)
    BOOST_TEST(line.substr(time_length) == " info an_event v=" + payload);
}

BOOST_AUTO_TEST_SUITE_END()
