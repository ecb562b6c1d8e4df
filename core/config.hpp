#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace glyphgate {

/// The rolling windows.
struct rate_limiter_config {
  /// Accepted jobs in any 60 s.
  std::uint32_t jobs_per_minute = 10;
  /// Accepted jobs in any 3600 s.
  std::uint32_t jobs_per_hour = 100;
  /// Billable calls in any 24 h.
  std::uint32_t calls_per_day = 1000;
};

struct circuit_breaker_config {
  /// Consecutive failures that open it.
  std::uint32_t threshold = 5;
  /// How long it stays open before it admits probes.
  std::chrono::seconds open_time{300};
  /// How many probes half-open admits; all must succeed to close it.
  std::uint32_t probes = 1;
  /// How long a permit may stay unreported before it is given up.
  std::chrono::seconds lease{660};
};

/// What one call may hold.
struct call_limits {
  /// Pictures in one call.
  std::uint32_t max_frames = 950;
  /// Height of the montage and of a picture, pixels.
  std::uint32_t height_px = 50000;
  /// Pixels of the montage and of a picture.
  std::uint64_t pixels = 50'000'000;
  /// Size of the montage's and of a picture's file, MiB.
  std::uint32_t file_size_mb = 15;
};

struct job_config {
  /// How long an ended job is kept, counted from its end.
  std::chrono::seconds result_ttl{3600};
  /// How long an accepted job may wait for its calls before they fail.
  std::chrono::seconds max_age{86400};
  /// How often one call is tried before its pictures fail.
  std::uint32_t max_attempts = 3;
  /// Calls that may wait in the queue.
  std::uint32_t queue_capacity = 1000;
  /// Bytes of pictures that may wait in the queue, MiB.
  std::uint32_t queue_mb = 256;
};

struct store_config {
  /// Holds the jobs and the ledger; created where missing.
  std::string data_dir = "./data";
};

struct engine_config {
  /// "auto" or "tesseract".
  std::string name = "auto";
  /// Tesseract's language codes, joined with '+', for jobs without hints.
  std::string tesseract_languages = "eng";
  /// Workers, each with one engine; as many calls run at once.
  std::uint32_t workers = 5;
};

struct http_config {
  std::string host = "127.0.0.1";
  /// 0 takes a free port.
  std::uint16_t port = 8000;
  /// Largest request body, MiB.
  std::uint32_t max_body_mb = 40;
  std::uint32_t max_connections = 256;
  /// How long a client may take to send one request.
  std::chrono::seconds read_timeout{60};
  /// How long one write to a client may take.
  std::chrono::seconds write_timeout{30};
  /// Finished results that are kept serialised, MiB.
  std::uint32_t result_cache_mb = 32;
};

enum class log_level : std::uint8_t { debug, info, warn, error };
enum class log_format : std::uint8_t { text, json };

struct log_config {
  log_level level = log_level::info;
  log_format format = log_format::text;
};

/// Everything that can be set. Filled from the option table in `app/options.hpp`, which also bounds every value;
/// docs/configuration.md lists it.
struct config {
  http_config http;
  rate_limiter_config limits;
  call_limits calls;
  job_config jobs;
  store_config store;
  circuit_breaker_config breaker;
  engine_config engine;
  log_config log;
  std::chrono::seconds cleanup_interval{300};
  std::chrono::seconds shutdown_grace{20};
};

} // namespace glyphgate
