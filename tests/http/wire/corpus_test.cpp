// The table of docs/http.md, sent byte by byte: what the page says is what the server does.
#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

struct corpus_row {
  std::string what;
  std::string bytes;
  /// The statuses, joined with ", ".
  std::string answers;
};

char character_of(std::string_view escape) {
  switch (escape.front()) {
  case 'r': return '\r';
  case 'n': return '\n';
  case 't': return '\t';
  case 'p': return '|';
  case '0': return '\0';
  case '\\': return '\\';
  case 'x': return static_cast<char>(std::stoi(std::string{escape.substr(1, 2)}, nullptr, 16));
  default: throw std::runtime_error{"no escape: " + std::string{escape.substr(0, 8)}};
  }
}

// `\r`, `\x16` and `{9*400}` as the bytes that they stand for.
std::string bytes_of(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (text.front() == '\\') {
      bytes.push_back(character_of(text.substr(1)));
      text.remove_prefix(text[1] == 'x' ? 4 : 2);
    } else if (text.size() > 4 && text.front() == '{' && text[2] == '*') {
      const auto end = text.find('}');
      bytes.append(std::stoul(std::string{text.substr(3, end - 3)}), text[1]);
      text.remove_prefix(end + 1);
    } else {
      bytes.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return bytes;
}

std::vector<corpus_row> corpus() {
  std::ifstream file{GLYPHGATE_SOURCE_DIR "/docs/http.md"};
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  std::string_view rest = page;
  rest.remove_prefix(rest.find("## The corpus"));
  std::vector<corpus_row> rows;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto begin = line.find(" | `");
    const auto end = line.rfind("` | ");
    if (begin == std::string_view::npos || end == std::string_view::npos)
      continue;
    const auto answers = line.substr(end + 4, line.size() - end - 6);
    rows.push_back({std::string{line.substr(2, begin - 2)}, bytes_of(line.substr(begin + 4, end - begin - 4)),
                    std::string{answers}});
  }
  return rows;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(corpus_of_requests, server_fixture)

BOOST_AUTO_TEST_CASE(each_is_answered_as_the_page_says) {
  start();
  const auto rows = corpus();
  BOOST_TEST(rows.size() > 60U);
  for (const auto& row : rows) {
    auto connection = connect();
    connection.send(row.bytes);
    connection.finish_sending();
    const auto expected = 1 + std::count(row.answers.begin(), row.answers.end(), ',');
    std::string got;
    for (std::ptrdiff_t i = 0; i < expected && row.answers != "none"; ++i) {
      const bool to_head = i == 0 && row.bytes.starts_with("HEAD ");
      const auto answer = connection.read(to_head);
      got += (got.empty() ? "" : ", ") + std::to_string(answer.status);
      if (answer.status >= 400 && !to_head)
        BOOST_TEST(problem_kind(answer).find("no problem") == std::string::npos, row.what);
    }
    BOOST_TEST((got.empty() ? "none" : got) == row.answers, row.what << ": " << got << " where " << row.answers);
    BOOST_TEST(connection.read_to_end() == "", row.what);
  }
}

BOOST_AUTO_TEST_SUITE_END()
