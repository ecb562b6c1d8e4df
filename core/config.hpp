#pragma once

#include "core/price.hpp"
#include "core/secret.hpp"
#include "core/sieve.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate {

/// The rolling windows.
struct rate_limiter_config {
  /// Accepted jobs in any 60 s.
  std::uint32_t jobs_per_minute = 10;
  /// Accepted jobs in any 3600 s.
  std::uint32_t jobs_per_hour = 100;
  /// Billable calls in any 24 h.
  std::uint32_t calls_per_day = 1000;
  /// Further limits on calls and on their price. 0 sets no limit. A month is a calendar month.
  std::uint32_t calls_per_minute = 0;
  std::uint32_t calls_per_hour = 0;
  std::uint32_t calls_per_month = 0;
  micro_dollars budget_per_minute = 0;
  micro_dollars budget_per_hour = 0;
  micro_dollars budget_per_day = 0;
  micro_dollars budget_per_month = 0;
  /// Calls that one job may open when it is accepted; 0 is no limit of its own.
  std::uint32_t calls_per_job = 0;
  /// Pictures of one job; 0 is no limit of its own.
  std::uint32_t pages_per_job = 0;
};

/// What the engine's billing may do.
struct budget_config {
  /// An alert stops all calls when the cost is that part of the budget.
  double pause_ratio = 1;
  /// What an alert must show; empty: there are none.
  secret token;
  /// Whether new jobs are refused then; else they wait.
  bool refuses_jobs = false;
};

struct circuit_breaker_config {
  /// Consecutive failures that open it.
  std::uint32_t threshold = 5;
  /// How long it stays open before it admits probes.
  std::chrono::seconds open_time{300};
  /// How many probes half-open admits; all must succeed to close it.
  std::uint32_t probes = 1;
  /// How long a permit may stay unreported before it expires.
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

struct document_config {
  /// Pages of one file that may be read.
  std::uint32_t pages = 500;
  /// Size of a PDF, MiB.
  std::uint32_t file_size_mb = 100;
};

struct job_config {
  /// How long an ended job is kept, counted from its end.
  std::chrono::seconds result_ttl{3600};
  /// How long an accepted job may wait for its calls before they fail.
  std::chrono::seconds max_age{86400};
  /// How long after its acceptance a job that was accepted for another engine waits for that one, before the one that
  /// is there reads it. Not above `max_age`.
  std::chrono::seconds engine_wait{86400};
  /// How often one call may fail that was paid for before its pictures fail.
  std::uint32_t max_attempts = 3;
  /// Whether pictures of several jobs may share a call, where the engine reads montages.
  bool packing = true;
  /// How long a picture waits for company in its call, where its job does not say otherwise.
  std::chrono::milliseconds packing_window{200};
  /// Calls that may take the place of one call, in search of the pictures that the engine refuses.
  std::uint32_t max_split_calls = 64;
  /// Calls that may wait in the queue.
  std::uint32_t queue_capacity = 1000;
  /// Bytes of pictures that may wait in the queue, MiB.
  std::uint32_t queue_mb = 256;
  /// How often the process may end while this call only is under way before its pictures fail.
  std::uint32_t max_interruptions = 3;
  /// Jobs that may be kept, ended or not.
  std::uint32_t max_kept_jobs = 10'000;
  /// Bytes of results that may be kept, MiB. A job that is accepted below it may go beyond.
  std::uint32_t max_kept_mb = 1024;
};

struct store_config {
  /// Holds the jobs and the ledger; created where missing.
  std::string data_dir = "./data";
  /// How long it is kept what each key's holder used on each day. A month at least.
  std::uint32_t ledger_retention_days = 400;
};

struct engine_config {
  /// "auto", "google", "local", "ppocr" or "tesseract".
  std::string name = "auto";
  /// Where ppocr's parts are; empty is where they usually are.
  std::string ppocr_dir;
  /// Tesseract's language codes, joined with '+', for jobs without hints.
  std::string tesseract_languages = "eng";
  /// Workers, each with one engine; as many calls run at once.
  std::uint32_t workers = 5;
  /// What pictures may take of memory while they are read, all workers together, MiB; 0 is three fifths of what there
  /// is.
  std::uint32_t picture_memory_mb = 0;
  /// How long decoding a picture for a montage may take.
  std::chrono::seconds decode_timeout{30};
  /// How long the embedded engines may take for a picture, with its decoding.
  std::chrono::seconds tesseract_timeout{60};
  /// How long a worker without a call keeps its reader of pictures.
  std::chrono::seconds idle{30};
  /// Whether the readers of pictures are caged.
  bool reader_cage = true;
  /// Which pictures a local engine answers before Google is asked, and how sure it must be of each character.
  sieve_mode local_first = sieve_mode::off;
  double local_first_confidence = 0.99;
};

/// How Google Cloud Vision is reached and paid. Empty means not set. At most one of `credentials_file`,
/// `credentials_json` and `api_key` may be set.
struct google_config {
  /// The path of a service account's JSON file.
  std::string credentials_file;
  /// That JSON itself.
  secret credentials_json;
  secret api_key;
  /// Where no other credentials are set, ask the metadata server of Google's machines.
  bool use_metadata = false;
  /// Its host, with a port if need be.
  std::string metadata_host = "metadata.google.internal";
  /// The project that is billed, instead of the credentials' own.
  std::string quota_project;
  /// The project in a location's path; else the service account's, else the billed one.
  std::string project;
  /// https, or http on this machine.
  std::string endpoint = "https://vision.googleapis.com";
  /// "us" or "eu" keeps the processing there.
  std::string location;
  /// BCP 47 tags for jobs that have none. Google reads most things best without.
  std::vector<std::string> language_hints;
  /// One call, from its connection to its answer's end.
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  /// US dollars.
  micro_dollars call_price = 1'500;
  /// A file of certificates to trust instead of the system's.
  std::string ca_file;

  /// Whether any credentials are configured, well or badly.
  bool has_credentials() const {
    return !credentials_file.empty() || !credentials_json.empty() || !api_key.empty() || use_metadata;
  }
};

/// Who may use the service. At most one of `file` and `list` may be set; with neither it asks nobody for a key.
struct keys_config {
  /// The path of a file of keys, as core/keys/key_ring.hpp has it. Read again on SIGHUP.
  std::string file;
  /// Those lines themselves, also parted by ';'.
  secret list;
  /// Whether a paid engine may be reached from other machines without keys.
  bool allow_anonymous = false;
  /// Whether what was read for one name is known for the others too.
  bool share_results = false;
  /// Whether pictures of several names may travel in one call.
  bool share_calls = false;

  bool configured() const { return !file.empty() || !list.empty(); }
};

/// Where spans of requests, jobs and calls go. OpenTelemetry's own names and meanings. Empty: nowhere.
struct traces_config {
  /// A collector; its traces go below it, to /v1/traces.
  std::string endpoint;
  /// Where they go themselves, instead.
  std::string traces_endpoint;
  /// NAME=VALUE, parted by commas, percent-encoded.
  secret headers;
  /// Whose spans they are.
  std::string service_name = "glyphgate";
};

/// What monitoring programs are told.
struct metrics_config {
  /// Whether anything is counted.
  bool on = true;
  /// Where /metrics has a port of its own: an IPv4 or IPv6 address, or "localhost".
  std::string host = "127.0.0.1";
  /// 0: /metrics is a path beside the others.
  std::uint16_t port = 0;
  /// Whether they are told the names of keys, with what each has used.
  bool key_names = false;
};

struct http_config {
  /// An IPv4 or IPv6 address, or "localhost".
  std::string host = "127.0.0.1";
  /// 0 takes a free port.
  std::uint16_t port = 8000;
  /// Largest request body, MiB.
  std::uint32_t max_body_mb = 40;
  /// What the bodies of all requests may hold together, being received, decoded or made durable, MiB. Not below
  /// `max_body_mb`.
  std::uint32_t max_inflight_mb = 64;
  std::uint32_t max_connections = 256;
  /// How long a client may be silent, between requests and within one.
  std::chrono::seconds read_timeout{60};
  /// How long a client may take nothing of its answer.
  std::chrono::seconds write_timeout{30};
  /// What a client must send of a body and take of an answer beyond these times, KiB a second; 0 sets no rate.
  std::uint32_t min_client_rate_kb = 8;
  /// What answers may hold that wait for their clients to take them, MiB.
  std::uint32_t max_answers_mb = 32;
  /// Finished results that are kept serialised, MiB.
  std::uint32_t result_cache_mb = 32;
  /// Addresses and CIDR blocks of proxies that are believed when they tell whose request they pass on.
  std::vector<std::string> trusted_proxies;
  /// Origins whose pages may use the service in a browser; "*" is every one.
  std::vector<std::string> cors_origins;
  /// How long a request to Google's paths waits for its text.
  std::chrono::seconds facade_timeout{60};
  /// Answers as the Python service did that this one replaces.
  bool legacy_answers = false;
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
  metrics_config metrics;
  traces_config traces;
  keys_config keys;
  rate_limiter_config limits;
  budget_config budget;
  call_limits calls;
  document_config documents;
  job_config jobs;
  store_config store;
  circuit_breaker_config breaker;
  engine_config engine;
  google_config google;
  log_config log;
  /// By which Google bills, so that its months are the budget's.
  std::string billing_time_zone = "America/Los_Angeles";
  std::chrono::seconds cleanup_interval{300};
  std::chrono::seconds shutdown_grace{20};
  /// How long nobody may need the process before it ends; 0 keeps it running.
  std::chrono::seconds idle_exit{0};
};

} // namespace glyphgate
