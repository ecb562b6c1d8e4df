#pragma once

#include "core/observer.hpp"
#include "http/traces/span_exporter.hpp"
#include "http/wire/request_watcher.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

namespace glyphgate::http {

/// Makes a span of each request, of each job and of each attempt at a call: a job's belongs to the request that it was
/// posted with, a call's to the first job aboard, with links to the others. A request that brings a trace of its own
/// (traceparent) goes on in it, and is not traced where that trace is not recorded. What monitors ask for is left out,
/// and so are jobs of earlier processes.
///
/// It stands in front of others who are told the same, and passes everything on. Thread-safe, apart from what the
/// server's thread calls.
class tracer final : public observer, public request_watcher {
public:
  /// Jobs under way that are traced at once; of others nothing is said.
  static constexpr std::size_t most_jobs = 20'000;

  tracer(std::shared_ptr<span_exporter> exporter, observer_ptr next_observer,
         std::shared_ptr<request_watcher> next_watcher);

  request_span arrived(const request& r, std::string_view route) noexcept override;
  void answered(const finished_request& r) noexcept override;
  void committed(std::span<const transaction> all, const verdicts& decided, elapsed took) noexcept override;
  void commit_failed(elapsed took) noexcept override;
  void call_ended(const planned_call& call, const call_outcome& outcome, elapsed took) noexcept override;

private:
  using system = std::chrono::system_clock;

  /// Makes ids, which need only be different from each other.
  class id_source {
  public:
    template <class Bytes>
    Bytes next();

  private:
    std::mt19937_64 random_{std::random_device{}()};
  };

  struct open_job {
    trace_context own;
    std::array<std::uint8_t, 8> parent{};
    system::time_point begin;
    std::uint64_t images = 0;
  };

  void begin(const accept_job& t);
  void end(const end_job& t);

  const std::shared_ptr<span_exporter> exporter_;
  const observer_ptr next_observer_;
  const std::shared_ptr<request_watcher> next_watcher_;
  /// The server's.
  id_source request_ids_;
  std::mutex mutex_;
  id_source ids_;
  std::unordered_map<job_id, open_job> jobs_;
};

} // namespace glyphgate::http
