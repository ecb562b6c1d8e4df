#pragma once

#include "core/config.hpp"
#include "core/secret.hpp"
#include "http/traces/finished_span.hpp"
#include "http/traces/otlp_json.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace glyphgate::vision {
class http_transfer;
}

namespace glyphgate::http {

/// Where spans go, and what they show there.
struct collector {
  std::string url;
  /// Each "Name: value".
  std::vector<secret> headers;
};

/// The collector of these settings, none where they name none; or what is wrong with them, for the operator to read. It
/// shows no header's value.
std::variant<std::optional<collector>, std::string> collector_of(const traces_config& settings);

/// How many spans were sent, and how many came to nothing.
struct span_counts {
  std::uint64_t exported = 0;
  /// There was no room for them.
  std::uint64_t dropped = 0;
  /// The collector did not take them.
  std::uint64_t failed = 0;
};

/// Sends spans to a collector by OTLP over HTTP, in batches, on a thread of its own. What the collector does, or does
/// not, holds up nobody: spans wait in a queue with a bound, and those that find it full are dropped.
class span_exporter {
public:
  /// How long a last batch may take at the stop.
  static constexpr std::chrono::milliseconds last_flush{1500};
  static constexpr std::size_t most_waiting = 4096;
  static constexpr std::size_t largest_batch = 512;

  span_exporter(collector to, traced_service service);
  /// Stops.
  ~span_exporter();
  span_exporter(const span_exporter&) = delete;
  span_exporter& operator=(const span_exporter&) = delete;

  /// Takes the span, or drops it. Does not block, from any thread.
  void push(finished_span span) noexcept;

  span_counts counts() const;

  /// Sends what waits, for `last_flush` at most, and ends the thread. What comes later is dropped.
  void stop();

private:
  using steady = std::chrono::steady_clock;

  void run();
  /// Waits for a batch; empty at the end.
  std::vector<finished_span> next_batch();
  void send(vision::http_transfer& line, const std::vector<finished_span>& batch);
  /// False once a stop has begun.
  bool sleep(std::chrono::milliseconds span);
  void count(std::uint64_t span_counts::*which, std::size_t number);

  const collector to_;
  const traced_service service_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<finished_span> waiting_;
  span_counts counts_;
  bool stopping_ = false;
  bool done_ = false;
  /// Ends a transfer that is under way.
  std::stop_source abandon_;
  /// The last: what it uses is there before it.
  std::thread thread_;
};

} // namespace glyphgate::http
