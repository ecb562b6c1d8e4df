#include "http/traces/span_exporter.hpp"

#include "core/log.hpp"
#include "http/wire/contained.hpp"
#include "http/wire/text.hpp"
#include "vision/google/curl_library.hpp"
#include "vision/google/http_transfer.hpp"
#include "vision/google/text_body.hpp"

#include <algorithm>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

using namespace std::chrono_literals;

// How long spans wait for company.
constexpr std::chrono::milliseconds batch_delay = 1s;
constexpr std::chrono::milliseconds transfer_timeout = 10s;
constexpr std::chrono::milliseconds connect_timeout = 3s;
// Between attempts at a batch, unless the collector says otherwise; each is twice as long as the one before.
constexpr std::chrono::milliseconds first_pause = 1s;
constexpr std::chrono::milliseconds longest_pause = 30s;
constexpr int most_attempts = 5;
// A collector has little to say.
constexpr std::size_t most_response_bytes = 64 * 1024;

// Of OTLP/HTTP's statuses: another attempt may help.
bool may_be_repeated(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (text.starts_with(scheme) && text.size() > scheme.size())
      return std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; });
  return false;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

} // namespace

std::variant<std::optional<collector>, std::string> collector_of(const traces_config& settings) {
  const bool own = !settings.traces_endpoint.empty();
  auto url = own ? settings.traces_endpoint : settings.endpoint;
  if (url.empty())
    return std::nullopt;
  if (vision::curl() == nullptr)
    return "traces are sent with libcurl, which is not there: install it, or unset OTEL_EXPORTER_OTLP_ENDPOINT";
  if (!is_url(url))
    return std::string{own ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" : "OTEL_EXPORTER_OTLP_ENDPOINT"} +
           " must be an http or https URL";
  if (!own) {
    while (url.ends_with('/'))
      url.pop_back();
    url += "/v1/traces";
  }
  collector to{std::move(url), {secret{"Content-Type: application/json"}}};
  std::string_view rest = settings.headers.reveal();
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto entry = trim(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (entry.empty())
      continue;
    const auto equals = std::min(entry.find('='), entry.size());
    const auto name = trim(entry.substr(0, equals));
    const auto value = equals == entry.size() ? std::nullopt : percent_decode(trim(entry.substr(equals + 1)));
    const bool printable = value && std::ranges::all_of(*value, [](char c) { return c >= ' ' && c != 0x7f; });
    if (!is_field_name(name) || !printable)
      return "OTEL_EXPORTER_OTLP_HEADERS: entry " + std::to_string(number) +
             " is not NAME=VALUE; entries are parted by commas, and a comma in a value is %2C";
    to.headers.emplace_back(std::string{name}.append(": ").append(*value));
  }
  return std::optional{std::move(to)};
}

span_exporter::span_exporter(collector to, traced_service service)
    : to_{std::move(to)},
      service_{std::move(service)},
      thread_{[this] { run(); }} {}

span_exporter::~span_exporter() {
  stop();
}

void span_exporter::push(finished_span span) noexcept {
  contained("traces_failed", [&] {
    const std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= most_waiting) {
      ++counts_.dropped;
      return;
    }
    waiting_.push_back(std::move(span));
    if (waiting_.size() == 1 || waiting_.size() == largest_batch)
      changed_.notify_all();
  });
}

span_counts span_exporter::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

void span_exporter::stop() {
  if (!thread_.joinable())
    return;
  {
    std::unique_lock lock{mutex_};
    stopping_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, last_flush, [this] { return done_; }))
      abandon_.request_stop();
  }
  thread_.join();
}

void span_exporter::run() {
  contained("traces_failed", [this] {
    vision::http_transfer line{""};
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch())
      send(line, batch);
  });
  const std::lock_guard lock{mutex_};
  // Where the thread has failed, nobody is left to send them.
  stopping_ = done_ = true;
  counts_.dropped += waiting_.size();
  waiting_.clear();
  changed_.notify_all();
}

std::vector<finished_span> span_exporter::next_batch() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  changed_.wait_for(lock, batch_delay, [this] { return stopping_ || waiting_.size() >= largest_batch; });
  if (abandon_.stop_requested())
    return {};
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), largest_batch));
  std::vector<finished_span> batch{std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end)};
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

void span_exporter::send(vision::http_transfer& line, const std::vector<finished_span>& batch) {
  const auto text = otlp_json(service_, batch);
  auto pause = first_pause;
  std::string why;
  for (int attempt = 1; attempt <= most_attempts; ++attempt) {
    vision::text_body body{text};
    vision::http_request request;
    request.url = to_.url;
    request.headers = to_.headers;
    request.body = &body;
    request.timeout = transfer_timeout;
    request.connect_timeout = connect_timeout;
    request.max_response_bytes = most_response_bytes;
    const auto answer = line.perform(request, abandon_.get_token());
    if (const auto* got = std::get_if<vision::http_response>(&answer)) {
      if (got->status >= 200 && got->status < 300)
        return count(&span_counts::exported, batch.size());
      why = "status " + std::to_string(got->status);
      if (!may_be_repeated(got->status))
        break;
      if (got->retry_after)
        pause = std::max(pause, std::chrono::milliseconds{*got->retry_after});
    } else {
      why = std::get<vision::transfer_failure>(answer).detail;
    }
    if (attempt == most_attempts || !sleep(std::min(pause, longest_pause)))
      break;
    pause *= 2;
  }
  log::warn("traces_not_exported", {{"spans", batch.size()}, {"reason", why}});
  count(&span_counts::failed, batch.size());
}

bool span_exporter::sleep(std::chrono::milliseconds span) {
  std::unique_lock lock{mutex_};
  return !changed_.wait_for(lock, span, [this] { return stopping_; });
}

void span_exporter::count(std::uint64_t span_counts::*which, std::size_t number) {
  const std::lock_guard lock{mutex_};
  counts_.*which += number;
}

} // namespace glyphgate::http
