// Requests that are nearly right, by the thousand: whatever comes, the server answers what its documents say, and goes
// on. Two seconds, or five minutes with GLYPHGATE_LONG.
#include "../server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace glyphgate;
using namespace glyphgate::http;
using namespace glyphgate::http::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> seeds() {
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"files\"; filename*=UTF-8''a%20b.png; filename=\"a.png\"\r\n"
      "Content-Type: image/png\r\n\r\n" +
      png_header(10, 20) + "\r\n--b\r\nContent-Disposition: form-data; name=max_delay_seconds\r\n\r\n60\r\n--b--\r\n";
  return {
      http_request("GET", "/livez"),
      http_request("HEAD", "/health"),
      http_request("GET", "http://host:80/usage?a=%20b"),
      http_request("GET", "/ocr/jobs?limit=10&cursor=5&status=pending"),
      http_request("GET", "/ocr/jobs/0123456789abcdef0123456789abcdef?wait=1", "If-None-Match: \"a\", W/\"b\"\r\n"),
      http_request("DELETE", "/ocr/jobs/0123456789abcdef0123456789abcdef"),
      http_request("POST", "/ocr/jobs?dry_run=true", "Content-Type: application/json\r\n", job_body()),
      http_request(
          "POST", "/ocr/jobs", "Content-Type: application/json; charset=utf-8\r\n",
          R"({"images":[{"id":"ä","data":"data:image/png;base64,AAAA"}],"language_hints":["en"],"x":[1e999]})"),
      http_request("POST", "/ocr/jobs?id=x&on_error=skip", "Content-Type: image/png\r\n", png_header(10, 20)),
      http_request("POST", "/ocr/jobs", "Content-Type: multipart/form-data; boundary=b\r\n", form),
      http_request(
          "POST", "/v1/images%3Aannotate?key=x&$alt=json", "Content-Type: application/json\r\n",
          R"({"requests":[{"features":[{"type":5},{"type":"DOCUMENT_TEXT_DETECTION"}],"image":{"content":")" +
              to_base64(png_header(10, 20)) +
              R"("},"imageContext":{"language_hints":["en"]}},{"image":{"source":{"imageUri":"http://a"}}}]})"),
      http_request("POST", "/v1/projects/p/locations/eu/files:annotate", "Content-Type: application/json\r\n",
                   R"({"requests":[{"features":[{"type":5}],"pages":[-1,1],"inputConfig":{"content":")" +
                       to_base64(tiff_header({{10, 20}, {11, 21}})) + R"("}}]})"),
      http_request("POST", "/capacity", "Content-Type: application/json\r\n", R"({"width":666,"height":64})"),
      "POST /capacity HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      "19;a=\"b\"\r\n{\"width\":666,\"height\":64}\r\n0\r\nX: y\r\n\r\n",
  };
}

// One request with a few faults of the kinds that find mistakes: bits, cuts, doubled and foreign pieces, numbers.
class mutation {
public:
  explicit mutation(std::uint64_t seed) : random_{seed}, seeds_{seeds()} {}

  std::string next() {
    std::string bytes = any_seed();
    for (auto faults = below(5); faults != 0; --faults)
      spoil(bytes);
    if (below(4) == 0)
      bytes += any_seed();
    return bytes;
  }

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }

private:
  const std::string& any_seed() { return seeds_[below(seeds_.size())]; }

  void spoil(std::string& bytes) {
    constexpr std::array<std::string_view, 18> pieces{"\r\n",     "\n",
                                                      "\r",       "\xff",
                                                      " ",        ":",
                                                      ";",        "\"",
                                                      "%",        "{",
                                                      "[",        "=?utf-8?B?",
                                                      "\r\n\r\n", "chunked",
                                                      "--b",      "99999999999999999999",
                                                      "-1",       "Content-Length: 3\r\n"};
    const auto at = below(bytes.size() + 1);
    const auto size = below(std::min<std::size_t>(bytes.size() - at, 32) + 1);
    switch (below(6)) {
    case 0:
      if (at < bytes.size())
        bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << below(8)));
      break;
    case 1: bytes.insert(at, pieces[below(pieces.size())]); break;
    case 2: bytes.erase(at, size); break;
    case 3: bytes.insert(at, bytes.substr(at, size)); break;
    case 4: {
      const auto& other = any_seed();
      bytes.insert(at, other.substr(below(other.size()), below(64)));
      break;
    }
    default: bytes.insert(at, std::string(below(200), static_cast<char>(below(256)))); break;
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> seeds_;
};

// What the documents say that the server answers, of which a fake gateway that always answers leaves these.
const std::set<int> documented{100, 200, 202, 204, 304, 308, 400, 403, 404, 405, 408, 409,
                               413, 414, 415, 417, 422, 429, 431, 501, 503, 504, 505};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mutated_requests, server_fixture)

BOOST_AUTO_TEST_CASE(whatever_comes_is_answered_as_documented_and_the_server_goes_on) {
  const auto time = std::getenv("GLYPHGATE_LONG") != nullptr ? std::chrono::steady_clock::duration{5min} : 2s;
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  settings.http.read_timeout = 1s;
  settings.http.max_body_mb = 1;
  gate.on_get = [](const auto& id, const auto& done) { done(completed_job(id)); };
  gate.on_wait = [](const auto& id, duration, const auto& done) { done(pending_job(id)); };
  start();
  std::atomic<std::uint64_t> sent{0};
  std::vector<std::string> wrong(3);
  std::vector<std::thread> clients;
  const auto end = std::chrono::steady_clock::now() + time;
  for (std::size_t client = 0; client < wrong.size(); ++client)
    clients.emplace_back([&, client] {
      mutation next{seed + client};
      while (std::chrono::steady_clock::now() < end && wrong[client].empty()) {
        const auto bytes = next.next();
        try {
          auto connection = connect();
          // In two pieces, as the network may cut them.
          const auto cut = next.below(bytes.size() + 1);
          connection.send(std::string_view{bytes}.substr(0, cut));
          connection.send(std::string_view{bytes}.substr(cut));
          if (next.below(8) == 0)
            connection.reset();
          else {
            connection.finish_sending();
            const auto all = connection.read_to_end();
            // Status lines stand at the begin, and behind each body; what a body says is no status line.
            if (!all.empty() && (!all.starts_with("HTTP/1.1 ") || !documented.contains(std::atoi(all.c_str() + 9))))
              wrong[client] = bytes + "\n->\n" + all;
          }
        } catch (const std::exception& failure) {
          wrong[client] = bytes + "\n->\n" + failure.what();
        }
        ++sent;
      }
    });
  for (auto& client : clients)
    client.join();
  for (const auto& what : wrong)
    BOOST_TEST(what == "", "seed " << seed << ": " << what);
  BOOST_TEST_MESSAGE(sent << " requests");
  BOOST_TEST(sent > 100U);
  BOOST_TEST(get("/livez").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
