#include "app/options.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace glyphgate {

namespace {

using variables = std::map<std::string, std::string>;
using outcome = std::variant<config, early_exit>;

outcome parse(std::vector<const char*> arguments, const variables& environment = {}) {
  arguments.insert(arguments.begin(), "glyphgate");
  return parse_options(static_cast<int>(arguments.size()), arguments.data(), "1.2.3",
                       [&](const char* name) -> const char* {
                         const auto found = environment.find(name);
                         return found == environment.end() ? nullptr : found->second.c_str();
                       });
}

outcome parse_variable(const std::string& name, const std::string& value) {
  variables environment;
  environment[name] = value;
  return parse({}, environment);
}

config accepted(const outcome& o) {
  if (const auto* refused = std::get_if<early_exit>(&o))
    BOOST_FAIL(refused->text);
  return std::get<config>(o);
}

early_exit ended(const outcome& o) {
  BOOST_REQUIRE(std::holds_alternative<early_exit>(o));
  return std::get<early_exit>(o);
}

void check_refused(const outcome& o, const std::string& line) {
  const auto exit = ended(o);
  BOOST_TEST(exit.code == 2);
  BOOST_TEST(exit.text == line);
  BOOST_TEST(std::count(exit.text.begin(), exit.text.end(), '\n') == 0);
}

const option_spec& spec_of(const std::string& name) {
  const auto& table = option_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& s) { return s.environment == name; });
  BOOST_REQUIRE_MESSAGE(found != table.end(), name << " is no option");
  return *found;
}

// The least and the most of a number's bounds; nothing for words.
std::optional<std::pair<std::string, std::string>> range_of(const option_spec& spec) {
  std::istringstream words{spec.bounds};
  std::string least, to, most;
  if (words >> least >> to >> most && to == "to" && std::isdigit(static_cast<unsigned char>(least[0])))
    return std::pair{least, most};
  return std::nullopt;
}

std::string trimmed(std::string text) {
  const auto is_frame = [](char c) { return c == ' ' || c == '`'; };
  while (!text.empty() && is_frame(text.back()))
    text.pop_back();
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_frame));
  return text;
}

// The rows of the table in docs/configuration.md, by variable.
std::map<std::string, std::vector<std::string>> documented_rows() {
  std::ifstream file{GLYPHGATE_SOURCE_DIR "/docs/configuration.md"};
  BOOST_REQUIRE(file.is_open());
  std::map<std::string, std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `"))
      continue;
    std::vector<std::string> cells;
    std::istringstream text{line.substr(1)};
    for (std::string cell; std::getline(text, cell, '|');)
      cells.push_back(trimmed(cell));
    const auto name = cells[0];
    BOOST_TEST(rows.emplace(name, std::move(cells)).second, name << " is documented twice");
  }
  return rows;
}

} // namespace

BOOST_AUTO_TEST_CASE(without_arguments_the_defaults_hold) {
  const auto c = accepted(parse({}));
  BOOST_TEST(c.http.host == "127.0.0.1");
  BOOST_TEST(c.http.port == 8000);
  BOOST_TEST(c.calls.max_frames == 950U);
  BOOST_TEST(c.calls.height_px == 50000U);
  BOOST_TEST(c.calls.pixels == 50'000'000U);
  BOOST_TEST(c.calls.file_size_mb == 15U);
  BOOST_TEST(c.jobs.packing);
  BOOST_TEST(c.jobs.packing_window.count() == 200);
  BOOST_TEST(c.jobs.result_ttl.count() == 3600);
  BOOST_TEST(c.engine.workers == 5U);
  BOOST_TEST(c.engine.name == "auto");
  BOOST_TEST(c.engine.tesseract_languages == "eng");
  BOOST_TEST(c.breaker.threshold == 5U);
  BOOST_TEST(c.breaker.open_time.count() == 300);
  BOOST_TEST(c.cleanup_interval.count() == 300);
  BOOST_TEST(c.http.max_body_mb == 40U);
  BOOST_TEST(c.http.max_inflight_mb == 64U);
  BOOST_TEST((c.log.level == log_level::info));
  BOOST_TEST((c.log.format == log_format::text));
}

BOOST_AUTO_TEST_CASE(the_limits_that_guard_the_bill_are_far_higher_where_there_is_none) {
  const auto limits = [](const variables& environment) {
    const auto l = accepted(parse({}, environment)).limits;
    return std::vector<std::uint32_t>{l.jobs_per_minute, l.jobs_per_hour, l.calls_per_day, l.calls_per_job};
  };
  const std::vector<std::uint32_t> paid{10, 100, 1000, 100}, free{600, 10'000, 1'000'000, 100'000};
  BOOST_TEST(limits({}) == free);
  for (const std::string name : {"local", "ppocr", "tesseract"})
    BOOST_TEST(limits({{"OCR_ENGINE", name}, {"GOOGLE_API_KEY", "k"}}) == free);
  BOOST_TEST(limits({{"OCR_ENGINE", "google"}}) == paid);
  // Whatever makes "auto" take Google, well or badly configured; also at a price of 0, which someone only says.
  for (const std::string name : {"GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS",
                                 "GOOGLE_APPLICATION_CREDENTIALS_JSON", "GOOGLE_USE_METADATA"})
    BOOST_TEST(limits({{name, "1"}, {"VISION_CALL_PRICE_USD", "0"}}) == paid);
}

BOOST_AUTO_TEST_CASE(a_limit_that_is_set_holds_with_every_engine) {
  for (const std::string engine : {"auto", "google", "local"}) {
    const auto l =
        accepted(parse({"--jobs-per-hour-limit=7"},
                       {{"OCR_ENGINE", engine}, {"JOBS_PER_MINUTE_LIMIT", "5"}, {"DAILY_API_CALLS_LIMIT", "90"}}))
            .limits;
    BOOST_TEST(l.jobs_per_minute == 5U);
    BOOST_TEST(l.jobs_per_hour == 7U);
    BOOST_TEST(l.calls_per_day == 90U);
  }
}

// One pair of value and field for each option: what a name sets must be what it says.
BOOST_AUTO_TEST_CASE(every_option_sets_its_own_field) {
  const std::vector<std::pair<std::string, std::function<bool(const config&)>>> fields{
      {"HOST=::1", [](const config& c) { return c.http.host == "::1"; }},
      {"API_KEYS_FILE=/srv/keys", [](const config& c) { return c.keys.file == "/srv/keys"; }},
      {"API_KEYS=a:0;b:1", [](const config& c) { return c.keys.list.reveal() == "a:0;b:1"; }},
      {"ALLOW_ANONYMOUS=1", [](const config& c) { return c.keys.allow_anonymous; }},
      {"SHARE_RESULTS=1", [](const config& c) { return c.keys.share_results; }},
      {"SHARE_CALLS=1", [](const config& c) { return c.keys.share_calls; }},
      {"PORT=81", [](const config& c) { return c.http.port == 81; }},
      {"DAILY_API_CALLS_LIMIT=82", [](const config& c) { return c.limits.calls_per_day == 82; }},
      {"JOBS_PER_MINUTE_LIMIT=83", [](const config& c) { return c.limits.jobs_per_minute == 83; }},
      {"JOBS_PER_HOUR_LIMIT=84", [](const config& c) { return c.limits.jobs_per_hour == 84; }},
      {"MINUTE_API_CALLS_LIMIT=3", [](const config& c) { return c.limits.calls_per_minute == 3; }},
      {"HOURLY_API_CALLS_LIMIT=4", [](const config& c) { return c.limits.calls_per_hour == 4; }},
      {"MONTHLY_API_CALLS_LIMIT=5", [](const config& c) { return c.limits.calls_per_month == 5; }},
      {"MINUTE_BUDGET_USD=0.0015", [](const config& c) { return c.limits.budget_per_minute == 1500; }},
      {"HOURLY_BUDGET_USD=1", [](const config& c) { return c.limits.budget_per_hour == 1'000'000; }},
      {"DAILY_BUDGET_USD=2.5", [](const config& c) { return c.limits.budget_per_day == 2'500'000; }},
      {"MONTHLY_BUDGET_USD=40", [](const config& c) { return c.limits.budget_per_month == 40'000'000; }},
      {"MAX_CALLS_PER_JOB=6", [](const config& c) { return c.limits.calls_per_job == 6; }},
      {"MAX_PAGES_PER_JOB=7", [](const config& c) { return c.limits.pages_per_job == 7; }},
      {"BILLING_TIME_ZONE=Europe/Berlin", [](const config& c) { return c.billing_time_zone == "Europe/Berlin"; }},
      {"LEDGER_RETENTION_DAYS=32", [](const config& c) { return c.store.ledger_retention_days == 32; }},
      {"BUDGET_PAUSE_RATIO=0.8", [](const config& c) { return c.budget.pause_ratio == 0.8; }},
      {"BUDGET_ALERT_TOKEN=sixteen-or-more-x", [](const config& c) { return !c.budget.token.empty(); }},
      {"BUDGET_PAUSE_REFUSES_JOBS=1", [](const config& c) { return c.budget.refuses_jobs; }},
      {"MAX_FRAMES_PER_JOB=85", [](const config& c) { return c.calls.max_frames == 85; }},
      {"HEIGHT_LIMIT_PX=86", [](const config& c) { return c.calls.height_px == 86; }},
      {"PIXEL_LIMIT=87", [](const config& c) { return c.calls.pixels == 87; }},
      {"FILE_SIZE_LIMIT_MB=8", [](const config& c) { return c.calls.file_size_mb == 8; }},
      {"PACKING=off", [](const config& c) { return !c.jobs.packing; }},
      {"PACKING_WINDOW_MS=88", [](const config& c) { return c.jobs.packing_window.count() == 88; }},
      {"DATA_DIR=/srv/jobs", [](const config& c) { return c.store.data_dir == "/srv/jobs"; }},
      {"JOB_RESULT_TTL_SECONDS=89", [](const config& c) { return c.jobs.result_ttl.count() == 89; }},
      {"ENGINE_WAIT_SECONDS=80", [](const config& c) { return c.jobs.engine_wait.count() == 80; }},
      {"JOB_MAX_AGE_SECONDS=90", [](const config& c) { return c.jobs.max_age.count() == 90; }},
      {"MAX_ATTEMPTS=7", [](const config& c) { return c.jobs.max_attempts == 7; }},
      {"QUEUE_CAPACITY=91", [](const config& c) { return c.jobs.queue_capacity == 91; }},
      {"QUEUE_LIMIT_MB=92", [](const config& c) { return c.jobs.queue_mb == 92; }},
      {"CLEANUP_INTERVAL_SECONDS=93", [](const config& c) { return c.cleanup_interval.count() == 93; }},
      {"CIRCUIT_BREAKER_THRESHOLD=94", [](const config& c) { return c.breaker.threshold == 94; }},
      {"CIRCUIT_BREAKER_TIMEOUT_SECONDS=95", [](const config& c) { return c.breaker.open_time.count() == 95; }},
      {"CIRCUIT_BREAKER_PROBES=96", [](const config& c) { return c.breaker.probes == 96; }},
      {"CIRCUIT_BREAKER_LEASE_SECONDS=97", [](const config& c) { return c.breaker.lease.count() == 97; }},
      {"MAX_INTERRUPTIONS=7", [](const config& c) { return c.jobs.max_interruptions == 7; }},
      {"MAX_KEPT_JOBS=105", [](const config& c) { return c.jobs.max_kept_jobs == 105; }},
      {"MAX_KEPT_MB=106", [](const config& c) { return c.jobs.max_kept_mb == 106; }},
      {"MAX_SPLIT_CALLS=104", [](const config& c) { return c.jobs.max_split_calls == 104; }},
      {"GOOGLE_APPLICATION_CREDENTIALS=/srv/key",
       [](const config& c) { return c.google.credentials_file == "/srv/key"; }},
      {"GOOGLE_APPLICATION_CREDENTIALS_JSON={\"a\": 1}",
       [](const config& c) { return c.google.credentials_json.reveal() == "{\"a\": 1}"; }},
      {"GOOGLE_API_KEY=k", [](const config& c) { return c.google.api_key.reveal() == "k"; }},
      {"GOOGLE_USE_METADATA=1", [](const config& c) { return c.google.use_metadata; }},
      {"GCE_METADATA_HOST=there", [](const config& c) { return c.google.metadata_host == "there"; }},
      {"GOOGLE_CLOUD_PROJECT=p", [](const config& c) { return c.google.project == "p"; }},
      {"GOOGLE_CLOUD_QUOTA_PROJECT=q", [](const config& c) { return c.google.quota_project == "q"; }},
      {"VISION_ENDPOINT=https://e", [](const config& c) { return c.google.endpoint == "https://e"; }},
      {"VISION_LOCATION=eu", [](const config& c) { return c.google.location == "eu"; }},
      {"VISION_TIMEOUT_SECONDS=105", [](const config& c) { return c.google.timeout == std::chrono::seconds{105}; }},
      {"DOCUMENT_PAGES_LIMIT=7", [](const config& c) { return c.documents.pages == 7; }},
      {"DOCUMENT_SIZE_LIMIT_MB=9", [](const config& c) { return c.documents.file_size_mb == 9; }},
      {"VISION_CALL_PRICE_USD=0.25", [](const config& c) { return c.google.call_price == 250'000; }},
      {"LANGUAGE_HINTS=zh-Hans, en",
       [](const config& c) {
         return c.google.language_hints == std::vector<std::string>{"zh-Hans", "en"};
       }},
      {"VISION_CA_FILE=/srv/ca", [](const config& c) { return c.google.ca_file == "/srv/ca"; }},
      {"IDLE_EXIT_SECONDS=106", [](const config& c) { return c.idle_exit.count() == 106; }},
      {"PPOCR_DIR=/opt/ppocr", [](const config& c) { return c.engine.ppocr_dir == "/opt/ppocr"; }},
      {"OCR_ENGINE=tesseract", [](const config& c) { return c.engine.name == "tesseract"; }},
      {"LOCAL_FIRST=confident", [](const config& c) { return c.engine.local_first == sieve_mode::confident; }},
      {"LOCAL_FIRST_CONFIDENCE=0.995", [](const config& c) { return c.engine.local_first_confidence == 0.995; }},
      {"TESSERACT_LANGUAGES=eng+chi_sim",
       [](const config& c) { return c.engine.tesseract_languages == "eng+chi_sim"; }},
      {"PICTURE_MEMORY_MB=106", [](const config& c) { return c.engine.picture_memory_mb == 106; }},
      {"DECODE_TIMEOUT_SECONDS=107", [](const config& c) { return c.engine.decode_timeout.count() == 107; }},
      {"TESSERACT_TIMEOUT_SECONDS=108", [](const config& c) { return c.engine.tesseract_timeout.count() == 108; }},
      {"ENGINE_IDLE_SECONDS=109", [](const config& c) { return c.engine.idle.count() == 109; }},
      {"READER_CAGE=off", [](const config& c) { return !c.engine.reader_cage; }},
      {"MAX_CONCURRENT_JOBS=9", [](const config& c) { return c.engine.workers == 9; }},
      {"TRUSTED_PROXIES=10.0.0.0/8, fly",
       [](const config& c) {
         return c.http.trusted_proxies == std::vector<std::string>{"10.0.0.0/8", "fly"};
       }},
      {"CORS_ORIGINS=https://a.example", [](const config& c) { return c.http.cors_origins.size() == 1; }},
      {"MAX_BODY_MB=48", [](const config& c) { return c.http.max_body_mb == 48; }},
      {"MAX_INFLIGHT_MB=98", [](const config& c) { return c.http.max_inflight_mb == 98; }},
      {"MAX_CONNECTIONS=99", [](const config& c) { return c.http.max_connections == 99; }},
      {"READ_TIMEOUT_SECONDS=100", [](const config& c) { return c.http.read_timeout.count() == 100; }},
      {"WRITE_TIMEOUT_SECONDS=101", [](const config& c) { return c.http.write_timeout.count() == 101; }},
      {"MIN_CLIENT_RATE_KB=102", [](const config& c) { return c.http.min_client_rate_kb == 102; }},
      {"MAX_ANSWERS_MB=103", [](const config& c) { return c.http.max_answers_mb == 103; }},
      {"RESULT_CACHE_MB=102", [](const config& c) { return c.http.result_cache_mb == 102; }},
      {"METRICS=off", [](const config& c) { return !c.metrics.on; }},
      {"METRICS_PORT=9464", [](const config& c) { return c.metrics.port == 9464; }},
      {"METRICS_HOST=::1", [](const config& c) { return c.metrics.host == "::1"; }},
      {"METRICS_KEY_NAMES=1", [](const config& c) { return c.metrics.key_names; }},
      {"OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4318",
       [](const config& c) { return c.traces.endpoint == "http://otel:4318"; }},
      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://otel/here",
       [](const config& c) { return c.traces.traces_endpoint == "https://otel/here"; }},
      {"OTEL_EXPORTER_OTLP_HEADERS=a=b", [](const config& c) { return c.traces.headers.reveal() == "a=b"; }},
      {"OTEL_SERVICE_NAME=ocr", [](const config& c) { return c.traces.service_name == "ocr"; }},
      {"VISION_FACADE_TIMEOUT_SECONDS=104", [](const config& c) { return c.http.facade_timeout.count() == 104; }},
      {"LEGACY_ANSWERS=1", [](const config& c) { return c.http.legacy_answers; }},
      {"SHUTDOWN_GRACE_SECONDS=103", [](const config& c) { return c.shutdown_grace.count() == 103; }},
      {"LOG_LEVEL=error", [](const config& c) { return c.log.level == log_level::error; }},
      {"LOG_FORMAT=json", [](const config& c) { return c.log.format == log_format::json; }},
  };
  std::set<std::string> seen;
  for (const auto& [setting, holds] : fields) {
    const auto equals = setting.find('=');
    const auto name = setting.substr(0, equals);
    const auto value = setting.substr(equals + 1);
    seen.insert(name);
    BOOST_TEST(holds(accepted(parse_variable(name, value))), setting);
    if (!spec_of(name).flag.empty())
      BOOST_TEST(holds(accepted(parse({spec_of(name).flag.c_str(), value.c_str()}))), setting);
    BOOST_TEST(!holds(accepted(parse({}))), setting);
  }
  for (const auto& spec : option_table())
    BOOST_TEST(seen.contains(spec.environment), spec.environment << " is not in this test");
}

BOOST_AUTO_TEST_CASE(a_flag_beats_the_environment) {
  BOOST_TEST(accepted(parse({"--port", "81"}, {{"PORT", "82"}})).http.port == 81);
  BOOST_TEST(accepted(parse({"--port=81"}, {{"PORT", "wrong"}})).http.port == 81);
  BOOST_TEST(accepted(parse({"--port", "81", "--port", "83"})).http.port == 83);
}

BOOST_AUTO_TEST_CASE(an_empty_variable_counts_as_not_set) {
  BOOST_TEST(accepted(parse({}, {{"PORT", ""}, {"LOG_LEVEL", ""}})).http.port == 8000);
}

BOOST_AUTO_TEST_CASE(a_number_is_refused_unless_it_is_digits_within_bounds) {
  for (const std::string value : {"10x", "-1", "+1", " 5", "5 ", "1e3", "0x10", "1.0", "1,000", "65536",
                                  "99999999999999999999", "-", "{}", "\"5\""}) {
    const auto line = "--port (PORT) must be 0 to 65535, not \"" + value + "\"";
    check_refused(parse({"--port", value.c_str()}), line);
    check_refused(parse_variable("PORT", value), line);
  }
  check_refused(parse({"--port", ""}), "--port (PORT) must be 0 to 65535, not \"\"");
  check_refused(parse({"--port="}), "--port (PORT) must be 0 to 65535, not \"\"");
  check_refused(parse({"--port"}), "--port (PORT) must be 0 to 65535, not \"\"");
  check_refused(parse_variable("HEIGHT_LIMIT_PX", "65501"),
                "--height-limit-px (HEIGHT_LIMIT_PX) must be 1 to 65500 px, not \"65501\"");
}

BOOST_AUTO_TEST_CASE(both_ends_of_every_range_are_accepted_and_no_more) {
  int ranges = 0;
  for (const auto& spec : option_table()) {
    const auto range = range_of(spec);
    if (!range)
      continue;
    ++ranges;
    const auto& [least, most] = *range;
    // The two that must agree are moved together.
    for (const auto& value : {least, most})
      accepted(spec.environment == "MAX_INFLIGHT_MB" ? parse({}, {{spec.environment, value}, {"MAX_BODY_MB", "1"}})
               : spec.environment == "MAX_BODY_MB"
                   ? parse({}, {{spec.environment, value}, {"MAX_INFLIGHT_MB", "65536"}})
                   : parse_variable(spec.environment, value));
    BOOST_TEST(ended(parse_variable(spec.environment, std::to_string(std::stoull(most) + 1))).code == 2);
    if (least != "0")
      BOOST_TEST(ended(parse_variable(spec.environment, std::to_string(std::stoull(least) - 1))).code == 2);
  }
  BOOST_TEST(ranges == 57);
}

BOOST_AUTO_TEST_CASE(the_largest_body_must_fit_into_what_all_may_hold) {
  BOOST_TEST(accepted(parse({}, {{"MAX_BODY_MB", "64"}})).http.max_body_mb == 64U);
  BOOST_TEST(accepted(parse({"--max-body-mb=100", "--max-inflight-mb=100"})).http.max_inflight_mb == 100U);
  const auto line = [](const std::string& inflight, const std::string& body) {
    return "MAX_INFLIGHT_MB (" + inflight + ") must not be below MAX_BODY_MB (" + body +
           "), or the largest body would never be taken; raise the one or lower the other";
  };
  check_refused(parse_variable("MAX_BODY_MB", "65"), line("64", "65"));
  check_refused(parse_variable("MAX_INFLIGHT_MB", "39"), line("39", "40"));
}

BOOST_AUTO_TEST_CASE(keys_come_from_one_place) {
  BOOST_TEST(!accepted(parse({})).keys.configured());
  BOOST_TEST(accepted(parse_variable("API_KEYS", "a:0")).keys.configured());
  check_refused(parse({"--api-keys-file=k"}, {{"API_KEYS", "a:0"}}),
                "API_KEYS_FILE and API_KEYS are both set, and the keys come from one place: leave one of them out");
}

BOOST_AUTO_TEST_CASE(words_are_refused_unless_known) {
  check_refused(parse({"--log-level", "INFO"}),
                "--log-level (LOG_LEVEL) must be debug, info, warn or error, not \"INFO\"");
  check_refused(parse_variable("OCR_ENGINE", "gogle"),
                "--ocr-engine (OCR_ENGINE) must be auto, google, local, ppocr or tesseract, not \"gogle\"");
  check_refused(parse_variable("VISION_LOCATION", "asia"),
                "--vision-location (VISION_LOCATION) must be us or eu, not \"asia\"");
  check_refused(parse_variable("PACKING", "yes"), "--packing (PACKING) must be on or off, not \"yes\"");
  for (const auto* value : {"zh en", "zh,,en", ","})
    BOOST_TEST(ended(parse_variable("LANGUAGE_HINTS", value)).code == 2, value);
  for (const auto* value : {"all", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.1;10.0.0.2", "Fly"})
    BOOST_TEST(ended(parse_variable("TRUSTED_PROXIES", value)).code == 2, value);
  for (const auto* value : {"a.example", "https://a.example/", "https://", "https://a,*,b", "ftp:/a", "null"})
    BOOST_TEST(ended(parse_variable("CORS_ORIGINS", value)).code == 2, value);
  BOOST_TEST(accepted(parse({"--host", "localhost"})).http.host == "localhost");
  check_refused(parse({"--host", "example.org"}),
                "--host (HOST) must be localhost, or an IPv4 or IPv6 address, not \"example.org\"");
  for (const auto* value : {"+", "eng+", "+eng", "eng++deu", "../eng", "eng deu"})
    BOOST_TEST(ended(parse_variable("TESSERACT_LANGUAGES", value)).code == 2);
}

BOOST_AUTO_TEST_CASE(a_price_is_a_plain_decimal_number) {
  BOOST_TEST(accepted(parse_variable("VISION_CALL_PRICE_USD", "0")).google.call_price == 0);
  for (const auto* value :
       {"-0.1", "-0", "1e-3", "0,15", ".", ".5", "5.", "0.0000004", "1.5 ", "nan", "inf", "1000.01", "0x1"})
    check_refused(parse_variable("VISION_CALL_PRICE_USD", value),
                  "--vision-call-price-usd (VISION_CALL_PRICE_USD) must be 0 to 1000 USD to the millionth, not \"" +
                      std::string{value} + "\"");
}

BOOST_AUTO_TEST_CASE(secrets_come_from_the_environment_alone) {
  for (const auto* name : {"API_KEYS", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS_JSON"})
    BOOST_TEST(spec_of(name).flag.empty());
  BOOST_TEST(ended(parse({"--google-api-key", "planted"})).text.find("planted") == std::string::npos);
  BOOST_TEST(ended(parse({"--help"}, {{"GOOGLE_API_KEY", "planted"}})).text.find("planted") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_arguments_are_refused_and_named) {
  check_refused(parse({"--prot", "1"}), "unknown argument \"--prot\"; --help lists what there is");
  check_refused(parse({"--PORT", "1"}), "unknown argument \"--PORT\"; --help lists what there is");
  check_refused(parse({"--port", "1", "extra"}), "unknown argument \"extra\"; --help lists what there is");
  check_refused(parse({"--por=1"}), "unknown argument \"--por=1\"; --help lists what there is");
  check_refused(parse({"-p"}), "unknown argument \"-p\"; --help lists what there is");
}

BOOST_AUTO_TEST_CASE(a_refusal_stays_on_one_line_whatever_was_given) {
  check_refused(parse({"--port", "1\n2\r"}), "--port (PORT) must be 0 to 65535, not \"1?2?\"");
  check_refused(parse({"a\nb"}), "unknown argument \"a?b\"; --help lists what there is");
}

BOOST_AUTO_TEST_CASE(a_refusal_knows_the_form_of_the_log_whatever_else_is_wrong) {
  const auto format = [](const outcome& o) { return ended(o).format; };
  BOOST_TEST((format(parse({"--port", "x"})) == log_format::text));
  BOOST_TEST((format(parse({"--port", "x"}, {{"LOG_FORMAT", "json"}})) == log_format::json));
  BOOST_TEST((format(parse({"--prot", "1", "--log-format", "json"})) == log_format::json));
  BOOST_TEST((format(parse({"--log-format=json", "--prot"})) == log_format::json));
  BOOST_TEST((format(parse({"--log-format=text", "--prot"}, {{"LOG_FORMAT", "json"}})) == log_format::text));
  BOOST_TEST((format(parse({"--log-format"}, {{"LOG_FORMAT", "xml"}})) == log_format::text));
}

BOOST_AUTO_TEST_CASE(help_names_every_option_and_version_the_version) {
  const auto help = ended(parse({"--help"}));
  BOOST_TEST(help.code == 0);
  for (const auto& spec : option_table()) {
    BOOST_TEST(help.text.find(spec.flag) != std::string::npos);
    BOOST_TEST(help.text.find(spec.environment + " (" + spec.bounds) != std::string::npos);
    BOOST_TEST(help.text.find(spec.help) != std::string::npos);
  }
  const auto version = ended(parse({"--version"}));
  BOOST_TEST(version.code == 0);
  BOOST_TEST(version.text == "glyphgate 1.2.3\n");
}

BOOST_AUTO_TEST_CASE(the_flag_is_the_variable_in_lower_case) {
  BOOST_TEST(spec_of("FILE_SIZE_LIMIT_MB").flag == "--file-size-limit-mb");
  std::set<std::string> flags;
  for (const auto& spec : option_table())
    BOOST_TEST((spec.flag.empty() || flags.insert(spec.flag).second), spec.flag << " is declared twice");
}

BOOST_AUTO_TEST_CASE(the_documentation_agrees_with_the_table) {
  auto rows = documented_rows();
  for (const auto& spec : option_table()) {
    const auto found = rows.find(spec.environment);
    BOOST_REQUIRE_MESSAGE(found != rows.end(), spec.environment << " is not documented");
    const std::vector<std::string> expected{spec.environment, spec.flag,   spec.default_value,
                                            spec.unit,        spec.bounds, spec.help};
    BOOST_TEST(found->second == expected, boost::test_tools::per_element());
    rows.erase(found);
  }
  for (const auto& row : rows)
    BOOST_ERROR(row.first << " is documented but is no option");
}

} // namespace glyphgate
