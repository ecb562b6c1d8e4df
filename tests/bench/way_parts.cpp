// Where the time goes between a body's last byte and the engine's first, step by step, each by itself:
//
//   way_parts SAMPLES SCRATCH-DIRECTORY [STRIPS] [ROUNDS]
//
// SAMPLES is docs/samples. Prints JSON: for a body of JSON and for one of multipart/form-data, the median of each step
// in milliseconds. The scratch directory holds the store; the disk that it is on counts.

#include "core/base64.hpp"
#include "core/digest.hpp"
#include "core/transaction.hpp"
#include "http/uploads/job_request.hpp"
#include "http/uploads/upload.hpp"
#include "sample_strips.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/direct_reader.hpp"
#include "vision/call_planner.hpp"
#include "vision/compose/draw_montage.hpp"
#include "vision/google/annotate_request.hpp"
#include "vision/google/google_provider.hpp"
#include "vision/jpeg/soundness.hpp"
#include "vision/make_montage.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace glyphgate;
using bench::fail;

namespace {

/// A strip with a comment of its own: other bytes, the same work.
std::string strip(const std::vector<std::string>& samples, std::size_t number) {
  char comment[32];
  std::snprintf(comment, sizeof comment, "strip %08zu", number);
  const std::string_view text{comment};
  auto file = samples[number % samples.size()];
  std::string segment{"\xFF\xFE"};
  segment.push_back('\0');
  segment.push_back(static_cast<char>(text.size() + 2));
  return file.insert(2, segment.append(text));
}

std::string as_json(const std::vector<std::string>& strips) {
  std::string body = R"({"images":[)";
  for (std::size_t i = 0; i < strips.size(); ++i) {
    body += (i == 0 ? R"({"id":")" : R"(,{"id":")") + std::to_string(i) + R"(","data":")";
    append_base64(body, strips[i]);
    body += R"("})";
  }
  return body + "]}";
}

std::string as_multipart(const std::vector<std::string>& strips) {
  std::string body;
  for (std::size_t i = 0; i < strips.size(); ++i)
    body.append("--cut\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + std::to_string(i) +
                ".jpg\"\r\n\r\n")
        .append(strips[i])
        .append("\r\n");
  return body + "--cut--\r\n";
}

/// The steps' times, by name, in the order in which they were taken first.
class steps {
public:
  template <class Work>
  auto take(const std::string& name, Work work) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = work();
    add(name, std::chrono::duration<double, std::milli>{std::chrono::steady_clock::now() - begin}.count());
    return result;
  }

  /// What one of them takes of another that does both.
  void move(const std::string& from, const std::string& to, double ms) {
    times_[from].back() -= ms;
    add(to, ms);
  }

  std::string json() const {
    std::string text;
    for (const auto& name : order_) {
      auto values = times_.at(name);
      std::ranges::sort(values);
      char number[32];
      std::snprintf(number, sizeof number, "%.3f", values[values.size() / 2]);
      text += (text.empty() ? "\"" : ", \"") + name + "\": " + number;
    }
    return "{" + text + "}";
  }

private:
  void add(const std::string& name, double ms) {
    if (!times_.contains(name))
      order_.push_back(name);
    times_[name].push_back(ms);
  }

  std::vector<std::string> order_;
  std::map<std::string, std::vector<double>> times_;
};

http::request_body_ptr received(std::string_view text) {
  auto body = std::make_shared<http::request_body>();
  if (!body->append(text))
    fail("no memory");
  return body;
}

double digest_ms(const http::upload& upload) {
  const auto begin = std::chrono::steady_clock::now();
  unsigned sum = 0;
  for (const auto& p : upload.pictures)
    sum += sha256(p.bytes.view).bytes[0];
  const auto end = std::chrono::steady_clock::now();
  if (sum == 0)
    fail("no digests");
  return std::chrono::duration<double, std::milli>{end - begin}.count();
}

accept_job acceptance(std::shared_ptr<const job_spec> spec, call_id call) {
  accept_job job;
  char id[33];
  std::snprintf(id, sizeof id, "%032llx", static_cast<unsigned long long>(call));
  job.id = id;
  job.at = std::chrono::floor<duration>(std::chrono::system_clock::now());
  picture_indices all(spec->pictures.size());
  for (std::uint32_t i = 0; i < all.size(); ++i)
    all[i] = i;
  job.aboard.push_back({call, std::move(all), true});
  job.spec = std::move(spec);
  return job;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    fail("usage: way_parts SAMPLES SCRATCH-DIRECTORY [STRIPS] [ROUNDS]");
  const auto count = static_cast<std::size_t>(argc > 3 ? std::atoi(argv[3]) : 750);
  const int rounds = argc > 4 ? std::atoi(argv[4]) : 11;
  const auto samples = bench::read_sample_strips(argv[1]);
  google_config google;
  google.api_key = secret{"bench"};
  auto provider = vision::make_google_provider(google, vision::direct_readers());
  const auto* engine = std::get_if<std::unique_ptr<vision::google_provider>>(&provider);
  if (engine == nullptr)
    fail(std::get<std::string>(provider));
  store::sqlite_store_config config;
  config.data_dir = argv[2];
  const auto store = store::open_sqlite_store(config);
  store->recover(std::chrono::floor<duration>(std::chrono::system_clock::now()));

  std::map<std::string, steps> ways;
  std::size_t number = 0;
  call_id call = 0;
  for (int round = 0; round < rounds; ++round)
    for (const std::string form : {"json", "multipart"}) {
      auto& way = ways[form];
      std::vector<std::string> strips;
      for (std::size_t i = 0; i < count; ++i)
        strips.push_back(strip(samples, number++));
      const bool is_json = form == "json";
      const auto body = received(is_json ? as_json(strips) : as_multipart(strips));
      const std::string parse = is_json ? "parse, base64" : "parse";
      auto taken = way.take(
          parse, [&] { return is_json ? http::read_json_upload(body) : http::read_multipart_upload(body, "cut"); });
      if (!std::holds_alternative<http::upload>(taken))
        fail("the body is refused");
      auto& upload = std::get<http::upload>(taken);
      const auto digests = digest_ms(upload);
      if (is_json)
        way.move(parse, "digest", digests);
      auto made = way.take("headers", [&] { return http::job_from(std::move(upload), {}, **engine); });
      if (!is_json)
        way.move("headers", "digest", digests);
      if (!std::holds_alternative<std::shared_ptr<const job_spec>>(made))
        fail("the job is refused");
      const auto spec = std::get<std::shared_ptr<const job_spec>>(std::move(made));
      const auto calls = way.take("plan", [&] { return vision::plan_calls(spec->pictures, {}); });
      if (calls.size() != 1)
        fail("the strips need several calls");
      const std::vector<transaction> commit{acceptance(spec, ++call)};
      way.take("disk", [&] { return store->commit(call, commit); });
      const auto sound = way.take("check, beside disk", [&] {
        return std::ranges::all_of(spec->pictures, [](const picture& p) { return vision::is_sound(p); });
      });
      if (!sound)
        fail("a strip is damaged");
      const auto montage = way.take("montage", [&] {
        return vision::make_montage(spec->pictures, {{65'500, 75'000'000}, 20'000'000},
                                    [](const auto& pictures, const auto& limits, const auto& stop) {
                                      return vision::draw_montage(pictures, limits, stop);
                                    });
      });
      if (!std::holds_alternative<vision::montage>(montage))
        fail("no montage");
      way.take("send", [&] {
        vision::annotate_request request{std::get<vision::montage>(montage).parts, {}};
        std::vector<char> buffer(256 * 1024);
        std::uint64_t sent = 0;
        while (const auto part = request.read(buffer.data(), buffer.size()))
          sent += part;
        if (sent != request.size())
          fail("the request is cut short");
        return sent;
      });
    }
  std::printf("{\"json\": %s,\n \"multipart\": %s}\n", ways["json"].json().c_str(), ways["multipart"].json().c_str());
  return 0;
}
