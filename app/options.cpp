#include "app/options.hpp"

#include "app/engine_choice.hpp"
#include "core/limits/billing_calendar.hpp"
#include "http/traces/span_exporter.hpp"
#include "http/wire/client_address.hpp"
#include "http/wire/cross_origin.hpp"

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <utility>

namespace glyphgate {

namespace {

/// What the windows hold unless set, with an engine that costs nothing: they guard the machine, and no bill.
constexpr rate_limiter_config free_limits{.jobs_per_minute = 600, .jobs_per_hour = 10'000, .calls_per_day = 1'000'000};

/// A row of the table, bound to the field it sets.
struct option {
  option_spec spec;
  /// Sets the field to what the text says; false, and nothing changed, if that is out of bounds.
  std::function<bool(const std::string&)> assign;
  /// Sets the field to its default with an engine that costs nothing. Empty where that is the same default.
  std::function<void()> take_free_default = {};
};

std::string flag_of(std::string_view environment) {
  std::string flag = "--";
  for (const char c : environment)
    flag += c == '_' ? '-' : static_cast<char>(c - 'A' + 'a');
  return flag;
}

option_spec describe(std::string_view name, std::string default_value, std::string_view unit, std::string bounds,
                     std::string_view help) {
  return {std::string{name}, flag_of(name),     std::move(default_value),
          std::string{unit}, std::move(bounds), std::string{help}};
}

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped_at != end)
    return std::nullopt;
  return value;
}

template <class Field>
option number(std::string_view name, Field& field, std::string_view unit, std::uint64_t least, std::uint64_t most,
              std::string_view help) {
  return {describe(name, std::to_string(field), unit, fmt::format("{} to {}", least, most), help),
          [&field, least, most](const std::string& text) {
            const auto value = whole_number(text);
            if (!value || *value < least || *value > most)
              return false;
            field = static_cast<Field>(*value);
            return true;
          }};
}

/// A limit that guards the bill. An engine that costs nothing sends no bill, and has a far higher default.
option bill_limit(std::string_view name, std::uint32_t& field, std::uint32_t free_default, std::uint32_t most,
                  std::string_view help) {
  auto made = number(name, field, "", 1, most, help);
  made.spec.default_value = fmt::format("{} with Google, else {}", field, free_default);
  made.take_free_default = [&field, free_default] { field = free_default; };
  return made;
}

template <class Duration>
option seconds(std::string_view name, Duration& field, std::uint32_t least, std::uint32_t most, std::string_view help) {
  const auto default_value = std::chrono::duration_cast<std::chrono::seconds>(field).count();
  return {describe(name, std::to_string(default_value), "s", fmt::format("{} to {}", least, most), help),
          [&field, least, most](const std::string& text) {
            const auto value = whole_number(text);
            if (!value || *value < least || *value > most)
              return false;
            field = std::chrono::seconds{*value};
            return true;
          }};
}

option milliseconds(std::string_view name, std::chrono::milliseconds& field, std::uint32_t least, std::uint32_t most,
                    std::string_view help) {
  return {describe(name, std::to_string(field.count()), "ms", fmt::format("{} to {}", least, most), help),
          [&field, least, most](const std::string& text) {
            const auto value = whole_number(text);
            if (!value || *value < least || *value > most)
              return false;
            field = std::chrono::milliseconds{*value};
            return true;
          }};
}

/// A decimal number without sign and exponent.
option decimal(std::string_view name, double& field, std::string_view unit, double least, double most,
               std::string_view help) {
  return {describe(name, fmt::format("{}", field), unit, fmt::format("{} to {}", least, most), help),
          [&field, least, most](const std::string& text) {
            double value = 0;
            const auto* const end = text.data() + text.size();
            const auto [stopped_at, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
            if (error != std::errc{} || stopped_at != end || !(value >= least && value <= most) || text.front() == '-')
              return false;
            field = value;
            return true;
          }};
}

/// US dollars, to the millionth.
option dollars(std::string_view name, micro_dollars& field, std::uint32_t most, std::string_view help) {
  const auto standard = fmt::format("{}", static_cast<double>(field) / 1'000'000);
  return {describe(name, standard, "USD to the millionth", fmt::format("0 to {}", most), help),
          [&field, most](const std::string& text) {
            const auto value = micro_dollars_in(text);
            if (!value || *value > micro_dollars{most} * 1'000'000)
              return false;
            field = *value;
            return true;
          }};
}

template <class Field>
using known_words = std::vector<std::pair<std::string, Field>>;

template <class Field>
option choice(std::string_view name, Field& field, known_words<Field> known, std::string_view help) {
  std::string bounds;
  std::string default_value;
  for (const auto& [word, value] : known) {
    bounds += bounds.empty() ? "" : word == known.back().first ? " or " : ", ";
    bounds += word;
    if (value == field)
      default_value = word;
  }
  return {describe(name, default_value, "", bounds, help), [&field, known = std::move(known)](const std::string& text) {
            for (const auto& [word, value] : known)
              if (word == text) {
                field = value;
                return true;
              }
            return false;
          }};
}

option text_value(std::string_view name, std::string& field, bool (*acceptable)(const std::string&),
                  std::string_view bounds, std::string_view help) {
  return {describe(name, field, "", std::string{bounds}, help), [&field, acceptable](const std::string& text) {
            if (!acceptable(text))
              return false;
            field = text;
            return true;
          }};
}

/// Read from the environment alone: a command line can be seen by everyone on the machine.
option secret_text(std::string_view name, secret& field, std::string_view bounds, std::string_view help) {
  auto spec = describe(name, "", "", std::string{bounds}, help);
  spec.flag.clear();
  return {std::move(spec), [&field](const std::string& text) {
            field = secret{text};
            return true;
          }};
}

/// Words joined with commas; blanks around them do not count.
option word_list(std::string_view name, std::vector<std::string>& field, bool (*acceptable)(const std::string&),
                 std::string_view bounds, std::string_view help) {
  return {describe(name, "", "", std::string{bounds}, help), [&field, acceptable](const std::string& text) {
            std::vector<std::string> words;
            std::istringstream in{text};
            for (std::string part; std::getline(in, part, ',');) {
              std::istringstream inner{part};
              std::string word, more;
              if (!(inner >> word) || inner >> more || !acceptable(word))
                return false;
              words.push_back(std::move(word));
            }
            field = std::move(words);
            return true;
          }};
}

bool is_host(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return text == "localhost" || ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

bool is_path(const std::string& text) {
  return !text.empty();
}

bool is_anything(const std::string&) {
  return true;
}

bool is_language_list(const std::string& text) {
  char before = '+';
  for (const char c : text) {
    const bool in_code = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!in_code && (c != '+' || before == '+'))
      return false;
    before = c;
  }
  return before != '+';
}

/// The one declaration of every setting. The defaults are what `c` holds.
std::vector<option> options_of(config& c) {
  constexpr std::uint32_t day = 86'400;
  constexpr std::uint32_t many = 10'000'000;
  constexpr std::uint32_t most_dollars = 1'000'000;
  const known_words<bool> no_or_yes{{"0", false}, {"1", true}};
  return {
      text_value("HOST", c.http.host, is_host, "localhost, or an IPv4 or IPv6 address",
                 "Address to listen on; localhost is 127.0.0.1, and :: takes IPv4 too"),
      number("PORT", c.http.port, "", 0, 65'535, "Port to listen on; 0 takes a free one, which the log names"),

      text_value("API_KEYS_FILE", c.keys.file, is_anything, "a path",
                 "File of the API keys' digests, one NAME:SHA256 a line; read again on SIGHUP"),
      secret_text("API_KEYS", c.keys.list, "lines as in that file, parted by line ends or ;",
                  "Those lines themselves, instead of a file"),
      choice<bool>("ALLOW_ANONYMOUS", c.keys.allow_anonymous, no_or_yes,
                   "1 lets the service start with Google, reachable from other machines and without API keys"),
      choice<bool>("SHARE_RESULTS", c.keys.share_results, no_or_yes,
                   "1 lets what was read for one key's name answer for other names too"),
      choice<bool>("SHARE_CALLS", c.keys.share_calls, no_or_yes, "1 lets images of several names travel in one call"),

      bill_limit("DAILY_API_CALLS_LIMIT", c.limits.calls_per_day, free_limits.calls_per_day, many,
                 "Engine calls in any 24 hours, retries included"),
      bill_limit("JOBS_PER_MINUTE_LIMIT", c.limits.jobs_per_minute, free_limits.jobs_per_minute, many,
                 "Accepted new jobs in any 60 seconds"),
      bill_limit("JOBS_PER_HOUR_LIMIT", c.limits.jobs_per_hour, free_limits.jobs_per_hour, many,
                 "Accepted new jobs in any 3600 seconds"),

      number("MINUTE_API_CALLS_LIMIT", c.limits.calls_per_minute, "", 0, many,
             "Engine calls in any 60 seconds; 0 sets no limit, here and below"),
      number("HOURLY_API_CALLS_LIMIT", c.limits.calls_per_hour, "", 0, many, "Engine calls in any 3600 seconds"),
      number("MONTHLY_API_CALLS_LIMIT", c.limits.calls_per_month, "", 0, many, "Engine calls in a calendar month"),
      dollars("MINUTE_BUDGET_USD", c.limits.budget_per_minute, most_dollars, "What calls of any 60 seconds may cost"),
      dollars("HOURLY_BUDGET_USD", c.limits.budget_per_hour, most_dollars, "What calls of any 3600 seconds may cost"),
      dollars("DAILY_BUDGET_USD", c.limits.budget_per_day, most_dollars, "What calls of any 24 hours may cost"),
      dollars("MONTHLY_BUDGET_USD", c.limits.budget_per_month, most_dollars, "What calls of a calendar month may cost"),
      number("MAX_CALLS_PER_JOB", c.limits.calls_per_job, "", 0, many,
             "Engine calls that one job may open when it is accepted; 0 takes a tenth of DAILY_API_CALLS_LIMIT, ten at "
             "least"),
      number("MAX_PAGES_PER_JOB", c.limits.pages_per_job, "", 0, many, "Images in one job; 0 sets no limit"),
      text_value("BILLING_TIME_ZONE", c.billing_time_zone, is_path, "a time zone's name",
                 "Time zone in which months begin, as in Google's bills"),
      number("LEDGER_RETENTION_DAYS", c.store.ledger_retention_days, "days", 32, 4'000,
             "How long it is kept what each key's holder used in each quarter of an hour"),
      decimal("BUDGET_PAUSE_RATIO", c.budget.pause_ratio, "", 0.01, 100,
              "A budget alert stops all calls when the cost is that part of the budget"),
      secret_text("BUDGET_ALERT_TOKEN", c.budget.token, "a secret of 16 characters at least",
                  "What a budget alert must show in its URL; without it there are no budget alerts"),
      choice<bool>("BUDGET_PAUSE_REFUSES_JOBS", c.budget.refuses_jobs, no_or_yes,
                   "1 refuses new jobs while a budget alert has stopped the calls; else they wait"),

      number("MAX_FRAMES_PER_JOB", c.calls.max_frames, "", 1, 10'000, "Images in one engine call"),
      number("HEIGHT_LIMIT_PX", c.calls.height_px, "px", 1, 65'500,
             "Height of an image, and of one call's images stacked"),
      number("PIXEL_LIMIT", c.calls.pixels, "px", 1, 75'000'000,
             "Pixels of an image, and of one call's images stacked"),
      number("FILE_SIZE_LIMIT_MB", c.calls.file_size_mb, "MiB", 1, 20,
             "Size of an image file, and of one call's picture"),
      number("DOCUMENT_PAGES_LIMIT", c.documents.pages, "", 1, 10'000, "Pages of one file that may be read"),
      number("DOCUMENT_SIZE_LIMIT_MB", c.documents.file_size_mb, "MiB", 1, 1'024, "Size of a PDF"),

      choice<bool>("PACKING", c.jobs.packing, {{"on", true}, {"off", false}},
                   "Whether images of several jobs may share a call, with an engine that is paid by the call"),
      milliseconds("PACKING_WINDOW_MS", c.jobs.packing_window, 0, 60'000,
                   "How long a call waits for images of other jobs, where no job in it says otherwise"),

      text_value("DATA_DIR", c.store.data_dir, is_path, "a path", "Directory that holds the jobs and the ledger"),
      seconds("JOB_RESULT_TTL_SECONDS", c.jobs.result_ttl, 1, 30 * day, "How long an ended job is kept"),
      seconds("JOB_MAX_AGE_SECONDS", c.jobs.max_age, 1, 7 * day,
              "How long an accepted job may wait for its calls before they fail"),
      seconds(
          "ENGINE_WAIT_SECONDS", c.jobs.engine_wait, 0, 7 * day,
          "How long after its acceptance a job waits for the engine that it was accepted for while another is there, "
          "which reads it then"),
      number("MAX_ATTEMPTS", c.jobs.max_attempts, "", 1, 10,
             "Attempts at one call that may be paid for before its images fail"),
      number("MAX_SPLIT_CALLS", c.jobs.max_split_calls, "", 0, 10'000,
             "Calls that may take the place of one call, in search of the images that the engine refuses"),
      number("MAX_INTERRUPTIONS", c.jobs.max_interruptions, "", 1, 100,
             "Crashes with one call only under way after which its images fail"),
      number("QUEUE_CAPACITY", c.jobs.queue_capacity, "", 1, 1'000'000, "Calls that may wait for a worker"),
      number("QUEUE_LIMIT_MB", c.jobs.queue_mb, "MiB", 1, 65'536, "Bytes of images that may wait for a worker"),
      number("MAX_KEPT_JOBS", c.jobs.max_kept_jobs, "", 1, 1'000'000, "Jobs that may be kept, ended or not"),
      number("MAX_KEPT_MB", c.jobs.max_kept_mb, "MiB", 1, 1'048'576,
             "Results and images (keep_images) that may be kept"),
      seconds("CLEANUP_INTERVAL_SECONDS", c.cleanup_interval, 1, day, "Time between two sweeps for expired jobs"),

      number("CIRCUIT_BREAKER_THRESHOLD", c.breaker.threshold, "", 1, 1'000,
             "Consecutive engine failures that open the circuit breaker"),
      seconds("CIRCUIT_BREAKER_TIMEOUT_SECONDS", c.breaker.open_time, 1, day,
              "How long the breaker stays open before it lets probes through"),
      number("CIRCUIT_BREAKER_PROBES", c.breaker.probes, "", 1, 100,
             "Calls that the half-open breaker lets through; all must succeed to close it"),
      seconds("CIRCUIT_BREAKER_LEASE_SECONDS", c.breaker.lease, 1, day,
              "How long a call may go without an outcome before its permit is given up"),

      choice<std::string>(
          "OCR_ENGINE", c.engine.name,
          {{"auto", "auto"}, {"google", "google"}, {"local", "local"}, {"ppocr", "ppocr"}, {"tesseract", "tesseract"}},
          "Engine that reads the images; auto takes google where credentials are set, else local, "
          "which chooses between ppocr and tesseract by language"),
      text_value("PPOCR_DIR", c.engine.ppocr_dir, is_anything, "a path",
                 "Directory of ppocr's models and library; empty is ppocr beside the program, or "
                 "../lib/glyphgate/ppocr"),
      text_value("TESSERACT_LANGUAGES", c.engine.tesseract_languages, is_language_list, "language codes joined with +",
                 "Tesseract's languages for jobs without language hints"),

      choice<sieve_mode>("LOCAL_FIRST", c.engine.local_first,
                         {{"off", sieve_mode::off}, {"blank", sieve_mode::blank}, {"confident", sieve_mode::confident}},
                         "Images that a local engine answers before Google is asked: none, those without text, or also "
                         "those of which it is sure"),
      decimal("LOCAL_FIRST_CONFIDENCE", c.engine.local_first_confidence, "", 0.5, 1,
              "How sure it must be of each character"),

      text_value("GOOGLE_APPLICATION_CREDENTIALS", c.google.credentials_file, is_anything, "a path",
                 "File of a service account's JSON"),
      secret_text("GOOGLE_APPLICATION_CREDENTIALS_JSON", c.google.credentials_json, "a service account's JSON",
                  "That JSON itself, instead of a file"),
      secret_text("GOOGLE_API_KEY", c.google.api_key, "an API key", "API key, instead of a service account"),
      choice<bool>("GOOGLE_USE_METADATA", c.google.use_metadata, no_or_yes,
                   "1 takes the account of a machine of Google's from its metadata server"),
      text_value("GCE_METADATA_HOST", c.google.metadata_host, is_path, "a host", "Metadata server"),
      text_value("GOOGLE_CLOUD_PROJECT", c.google.project, is_anything, "a project's id",
                 "Project in a location's path; else the service account's own"),
      text_value("GOOGLE_CLOUD_QUOTA_PROJECT", c.google.quota_project, is_anything, "a project's id",
                 "Project that is billed, instead of the credentials' own"),
      text_value("VISION_ENDPOINT", c.google.endpoint, is_path, "an https URL, or http on this machine",
                 "Where Google Cloud Vision is"),
      choice<std::string>("VISION_LOCATION", c.google.location, {{"", ""}, {"us", "us"}, {"eu", "eu"}},
                          "Region that images are processed in; empty leaves it to Google"),
      seconds("VISION_TIMEOUT_SECONDS", c.google.timeout, 1, 600, "How long one call to Google may take"),
      dollars("VISION_CALL_PRICE_USD", c.google.call_price, 1'000,
              "Price of one call to Google: what budgets, keys' budgets, /usage and results reckon with"),
      word_list("LANGUAGE_HINTS", c.google.language_hints, is_anything, "language tags joined with commas",
                "Language hints to Google for jobs that bring none"),
      text_value("VISION_CA_FILE", c.google.ca_file, is_anything, "a path",
                 "Certificates to trust instead of the system's, PEM"),

      number("PICTURE_MEMORY_MB", c.engine.picture_memory_mb, "MiB", 0, 1'048'576,
             "Memory that images may take while they are read, all together; 0 takes three fifths of what there is"),
      seconds("DECODE_TIMEOUT_SECONDS", c.engine.decode_timeout, 1, 600,
              "How long one image may take to be decoded for a call to Google"),
      seconds("TESSERACT_TIMEOUT_SECONDS", c.engine.tesseract_timeout, 1, 600,
              "How long ppocr and Tesseract may take for one image, its decoding included"),
      seconds("ENGINE_IDLE_SECONDS", c.engine.idle, 1, day,
              "How long a worker without a call keeps its process that reads images"),
      choice<bool>("READER_CAGE", c.engine.reader_cage, {{"on", true}, {"off", false}},
                   "Whether the processes that read images are locked in; off only where the system has no seccomp"),

      number("MAX_CONCURRENT_JOBS", c.engine.workers, "", 1, 64, "Engine calls that run at once"),

      word_list("TRUSTED_PROXIES", c.http.trusted_proxies, http::client_addresses::is_proxy,
                "addresses and CIDR blocks joined with commas, and the word fly",
                "Proxies that are believed when they tell whose request they pass on, for the log; fly is Fly.io's"),
      word_list("CORS_ORIGINS", c.http.cors_origins, http::is_origin,
                "origins such as https://app.example.org joined with commas, or *",
                "Where the pages come from that may use the service in a browser; * is everywhere"),

      number("MAX_BODY_MB", c.http.max_body_mb, "MiB", 1, 1'024, "Size of a request's body"),
      number("MAX_INFLIGHT_MB", c.http.max_inflight_mb, "MiB", 1, 65'536,
             "Bodies of requests that are being received, decoded or stored at once; MAX_BODY_MB at least"),
      number("MAX_CONNECTIONS", c.http.max_connections, "", 1, 65'535, "Client connections open at once"),
      seconds("READ_TIMEOUT_SECONDS", c.http.read_timeout, 1, 3'600,
              "How long a client may send nothing, between requests and within one"),
      seconds("WRITE_TIMEOUT_SECONDS", c.http.write_timeout, 1, 3'600,
              "How long a client may take nothing of its answer"),
      number("MIN_CLIENT_RATE_KB", c.http.min_client_rate_kb, "KiB/s", 0, 1'048'576,
             "What a client must send of a body and take of an answer, beyond these times; 0 sets no rate"),
      number("MAX_ANSWERS_MB", c.http.max_answers_mb, "MiB", 1, 65'536,
             "Answers that wait for their clients to take them"),
      number("RESULT_CACHE_MB", c.http.result_cache_mb, "MiB", 0, 65'536, "Serialised results that are kept in memory"),
      choice<bool>("METRICS", c.metrics.on, {{"on", true}, {"off", false}},
                   "off counts nothing for monitoring programs, and has no /metrics"),
      number("METRICS_PORT", c.metrics.port, "", 0, 65'535,
             "Port of /metrics for itself, which asks nobody for a key; 0 has it beside the other paths, with an "
             "admin's key where there are keys"),
      text_value("METRICS_HOST", c.metrics.host, is_host, "localhost, or an IPv4 or IPv6 address",
                 "Address that METRICS_PORT is on; it must be one that only your own machines reach"),
      choice<bool>("METRICS_KEY_NAMES", c.metrics.key_names, no_or_yes,
                   "1 tells monitoring programs the names of keys that have limits, with what each has used"),

      text_value("OTEL_EXPORTER_OTLP_ENDPOINT", c.traces.endpoint, is_anything, "an http or https URL",
                 "OpenTelemetry collector that traces are sent to, below it at /v1/traces; none where it is empty"),
      text_value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.traces.traces_endpoint, is_anything, "an http or https URL",
                 "Where traces are sent, instead, as it is"),
      secret_text("OTEL_EXPORTER_OTLP_HEADERS", c.traces.headers, "NAME=VALUE, parted by commas",
                  "What is shown to the collector, such as an API key"),
      text_value("OTEL_SERVICE_NAME", c.traces.service_name, is_path, "a name", "Name of the service in its traces"),

      seconds("VISION_FACADE_TIMEOUT_SECONDS", c.http.facade_timeout, 1, 600,
              "How long a request to the paths of Google Cloud Vision waits for its text, which is read on then"),
      choice<bool>("LEGACY_ANSWERS", c.http.legacy_answers, {{"0", false}, {"1", true}},
                   "1 answers as the Python service did that this one replaces"),

      seconds("SHUTDOWN_GRACE_SECONDS", c.shutdown_grace, 0, 3'600, "How long running calls may take to end at a stop"),
      seconds("IDLE_EXIT_SECONDS", c.idle_exit, 0, 7 * day,
              "How long nobody may need the service before it ends by itself; 0 keeps it running"),
      choice<log_level>("LOG_LEVEL", c.log.level,
                        {{"debug", log_level::debug},
                         {"info", log_level::info},
                         {"warn", log_level::warn},
                         {"error", log_level::error}},
                        "Least severe events that are logged"),
      choice<log_format>("LOG_FORMAT", c.log.format, {{"text", log_format::text}, {"json", log_format::json}},
                         "Form of the log on standard error, one line an event"),
  };
}

/// Keeps a message on one line, whatever the user gave.
std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  return text;
}

// What LOG_FORMAT says, also where other settings are wrong or unknown.
log_format format_of_log(int argc, const char* const* argv, const environment_fn& environment) {
  constexpr std::string_view flag = "--log-format";
  const char* const variable = environment("LOG_FORMAT");
  std::string_view word = variable == nullptr ? "" : variable;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == flag && i + 1 < argc)
      word = argv[i + 1];
    else if (argument.starts_with(flag) && argument.substr(flag.size()).starts_with('='))
      word = argument.substr(flag.size() + 1);
  }
  return word == "json" ? log_format::json : log_format::text;
}

std::string help_of(const option_spec& spec) {
  return fmt::format("{}\n{} ({}{}{}), default {}", spec.help, spec.environment, spec.bounds,
                     spec.unit.empty() ? "" : " ", spec.unit, spec.default_value.empty() ? "none" : spec.default_value);
}

/// The settings that no flag can give, for the end of --help.
std::string environment_only(const std::vector<option>& options) {
  std::string text = "From the environment alone, as a command line can be seen:\n";
  for (const auto& [spec, assign, take_free_default] : options)
    if (spec.flag.empty())
      text += fmt::format("  {} ({})\n    {}\n", spec.environment, spec.bounds, spec.help);
  return text;
}

} // namespace

const std::vector<option_spec>& option_table() {
  static const auto table = [] {
    config defaults;
    std::vector<option_spec> specs;
    for (auto& o : options_of(defaults))
      specs.push_back(std::move(o.spec));
    return specs;
  }();
  return table;
}

environment_fn process_environment() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

std::variant<config, early_exit> parse_options(int argc, const char* const* argv, std::string_view version,
                                               const environment_fn& environment) {
  config result;
  const auto options = options_of(result);
  std::vector<std::string> values(options.size());
  const auto refusal = [&](const std::string& message) {
    return early_exit{2, on_one_line(message), format_of_log(argc, argv, environment)};
  };

  CLI::App app{"An OCR service that cannot overspend. Without arguments it serves.", "glyphgate"};
  app.set_version_flag("--version", fmt::format("glyphgate {}", version));
  app.footer(environment_only(options) + "\n`glyphgate key new NAME` makes an API key; docs/keys.md has more.\n");
  for (std::size_t i = 0; i < options.size(); ++i)
    if (!options[i].spec.flag.empty())
      app.add_option(options[i].spec.flag, values[i], help_of(options[i].spec))
          ->type_name("VALUE")
          ->expected(0, 1)
          ->take_last();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return early_exit{0, app.help()};
  } catch (const CLI::CallForVersion&) {
    return early_exit{0, app.version() + "\n"};
  } catch (const CLI::ExtrasError&) {
    return refusal(fmt::format("unknown argument \"{}\"; --help lists what there is", app.remaining().front()));
  } catch (const CLI::ParseError& error) {
    return refusal(error.what());
  }

  std::vector<const option*> not_set;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const auto& [spec, assign, take_free_default] = options[i];
    if (spec.flag.empty() || app.count(spec.flag) == 0) {
      const char* const variable = environment(spec.environment.c_str());
      if (variable == nullptr || *variable == '\0') {
        not_set.push_back(&options[i]);
        continue;
      }
      values[i] = variable;
    }
    if (!assign(values[i]))
      return refusal(fmt::format("{} ({}) must be {}{}{}, not \"{}\"", spec.flag, spec.environment, spec.bounds,
                                 spec.unit.empty() ? "" : " ", spec.unit, values[i]));
  }
  // Only now is it known which engine reads.
  if (!reads_with_google(result))
    for (const auto* o : not_set)
      if (o->take_free_default)
        o->take_free_default();
  if (result.http.max_inflight_mb < result.http.max_body_mb)
    return refusal(
        fmt::format("MAX_INFLIGHT_MB ({}) must not be below MAX_BODY_MB ({}), or the largest body would never "
                    "be taken; raise the one or lower the other",
                    result.http.max_inflight_mb, result.http.max_body_mb));
  const auto& limits = result.limits;
  const bool has_budget =
      limits.budget_per_minute + limits.budget_per_hour + limits.budget_per_day + limits.budget_per_month > 0;
  if (has_budget && result.google.call_price == 0)
    return refusal("a budget such as DAILY_BUDGET_USD binds nothing while VISION_CALL_PRICE_USD is 0: give the price "
                   "of a call, or limit calls instead");
  if (result.metrics.port != 0 && result.metrics.port == result.http.port)
    return refusal(
        fmt::format("METRICS_PORT and PORT are both {}: give METRICS_PORT a port of its own, or leave it out "
                    "to have /metrics on PORT",
                    result.http.port));
  if (!result.budget.token.empty() && result.budget.token.reveal().size() < 16)
    return refusal("BUDGET_ALERT_TOKEN is too short to be safe: give it 16 characters at least");
  try {
    const billing_calendar known{result.billing_time_zone};
  } catch (const std::invalid_argument& e) {
    return refusal(fmt::format("BILLING_TIME_ZONE: {}", e.what()));
  }
  if (result.limits.calls_per_job == 0)
    result.limits.calls_per_job = std::max(10U, (result.limits.calls_per_day + 9) / 10);
  if (const auto to = http::collector_of(result.traces); const auto* why = std::get_if<std::string>(&to))
    return refusal(*why);
  if (!result.keys.file.empty() && !result.keys.list.empty())
    return refusal("API_KEYS_FILE and API_KEYS are both set, and the keys come from one place: leave one of them out");
  return result;
}

} // namespace glyphgate
