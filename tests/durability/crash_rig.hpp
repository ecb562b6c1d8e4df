#pragma once

#include "core/digest.hpp"
#include "support/multipart.hpp"
#include "support/service_process.hpp"
#include "support/test_png.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace glyphgate {

/// The seed of a test's randomness: GLYPHGATE_SEED, else drawn. Printed by whoever uses it.
inline std::uint64_t test_seed() {
  if (const auto* given = std::getenv("GLYPHGATE_SEED"))
    return std::strtoull(given, nullptr, 10);
  return std::random_device{}() * 0x100000000ULL + std::random_device{}();
}

/// `script/test --long` asks for the long form of the tests that have one.
inline bool long_tests() {
  return std::getenv("GLYPHGATE_LONG") != nullptr;
}

/// Rows of the ledger by state.
using ledger_counts = std::map<std::string, std::int64_t>;

/// A job that was promised to a client: answered with 202.
struct promised_job {
  std::string location;
  /// What the engine reads in its pictures, in order.
  std::vector<std::string> texts;
  /// The pictures, which have consecutive numbers.
  std::uint64_t first_picture = 0;
};

/// A service with the recording engine that is started, used and killed over one data directory, and what its clients
/// and its engine remember.
class crash_rig {
public:
  using variables = service_process::variables;

  explicit crash_rig(variables settings = {}) : settings_{std::move(settings)} {
    settings_["DATA_DIR"] = scratch_.path() / "data";
    settings_["CALL_LOG"] = scratch_.path() / "calls";
    settings_["LOG_LEVEL"] = "info";
    settings_["ENGINE_HOLDS"] = scratch_.path() / "holds";
    std::filesystem::create_directory(scratch_.path() / "holds");
    for (const char* limit : {"JOBS_PER_MINUTE_LIMIT", "JOBS_PER_HOUR_LIMIT", "DAILY_API_CALLS_LIMIT"})
      settings_.try_emplace(limit, "1000000");
  }

  std::unique_ptr<service_process> start(const variables& more = {}) {
    auto all = settings_;
    for (const auto& [name, value] : more)
      all[name] = value;
    return std::make_unique<service_process>(RECORDING_SERVICE_BINARY, scratch_.path() / "log", all);
  }

  const std::filesystem::path& path() const { return scratch_.path(); }
  std::filesystem::path data_dir() const { return scratch_.path() / "data"; }

  /// Posts a job of that many new pictures on the connection; true when it was promised. Throws when the service is
  /// gone.
  bool post(http_connection& connection, int pictures) {
    promised_job job;
    job.first_picture = next_picture_.fetch_add(static_cast<std::uint64_t>(pictures));
    for (int i = 0; i < pictures; ++i)
      job.texts.push_back(text_of(job.first_picture + static_cast<std::uint64_t>(i)));
    const auto answer = post_again(connection, job, key_of(job));
    if (answer.status != 202)
      return false;
    job.location = answer.header("location");
    const std::lock_guard lock{mutex_};
    promised_.push_back(std::move(job));
    return true;
  }

  /// Posts the job's pictures, whether they were posted before or not. `headers` are lines with their ends.
  static http_answer post_again(http_connection& connection, const promised_job& job, const std::string& headers = {}) {
    named_files files;
    for (std::uint64_t i = 0; i < job.texts.size(); ++i)
      files.emplace_back(std::to_string(job.first_picture + i) + ".png", test_png(job.first_picture + i));
    connection.send(job_request(files, headers));
    return connection.read();
  }

  /// The header with the key that the job is posted with.
  static std::string key_of(const promised_job& job) {
    return "Idempotency-Key: \"job of " + std::to_string(job.first_picture) + "\"\r\n";
  }

  /// What the engine will read in a picture that is posted soon: the next one, or one as many further on.
  std::string upcoming(std::uint64_t ahead = 0) const { return text_of(next_picture_ + ahead); }

  /// The engine waits in calls of the picture with that text until it is let go, over all processes.
  void hold(const std::string& text) const { std::ofstream{scratch_.path() / "holds" / text}; }
  void let_go(const std::string& text) const { std::filesystem::remove(scratch_.path() / "holds" / text); }

  std::vector<promised_job> promised() const {
    const std::lock_guard lock{mutex_};
    return promised_;
  }

  /// What is wrong with that job as the service tells it: empty when it is completed with the right texts, or has not
  /// ended. A job that was seen completed must be told alike for ever.
  std::string complaint(http_connection& connection, const promised_job& job, bool must_have_ended) {
    connection.send(http_request("GET", job.location + (must_have_ended ? "?wait=40" : "")));
    const auto answer = connection.read();
    if (answer.status != 200)
      return job.location + " is lost: " + std::to_string(answer.status);
    if (answer.body.find("\"status\":\"completed\"") == std::string::npos) {
      if (must_have_ended || answer.body.find("\"status\":\"failed\"") != std::string::npos)
        return job.location + " did not complete: " + answer.body.substr(0, 400);
      return {};
    }
    if (must_have_ended) {
      const auto repeated = post_again(connection, job, key_of(job));
      if (repeated.status != 202 || repeated.header("location") != job.location ||
          repeated.header("idempotent-replayed") != "true")
        return job.location + " is not known by its key: " + std::to_string(repeated.status) + ' ' + repeated.body;
    }
    for (const auto& text : job.texts)
      if (answer.body.find("\"text\":\"" + text + "\"") == std::string::npos)
        return job.location + " has another text";
    const std::lock_guard lock{mutex_};
    const auto [seen, first] = completed_.emplace(job.location, answer.body);
    return first || seen->second == answer.body ? std::string{} : job.location + " completed twice, differently";
  }

  /// How many calls the engine was asked to make, over all processes.
  std::int64_t calls_made() const {
    std::ifstream in{scratch_.path() / "calls"};
    std::int64_t lines = 0;
    for (std::string line; std::getline(in, line);)
      ++lines;
    return lines;
  }

  ledger_counts ledger() const { return counted("SELECT state, count(*) FROM ledger GROUP BY state"); }

  /// Attempts that were, or may have been, made, and whose shares do not add up to one call and to its price; jobs
  /// whose part is not the sum of their shares.
  std::int64_t wrong_shares() const {
    auto wrong =
        counted("SELECT 'attempts', count(*) FROM ledger LEFT JOIN "
                "(SELECT reservation AS paid, sum(calls) AS calls, sum(price) AS prices FROM shares GROUP BY 1) "
                "ON paid = reservation WHERE state IN ('settled', 'unknown') "
                "AND (calls IS NOT 1000000 OR prices IS NOT price) "
                "UNION ALL SELECT 'jobs', count(*) FROM jobs WHERE (share_calls, share_price) IS NOT "
                "(SELECT ifnull(sum(calls), 0), ifnull(sum(shares.price), 0) FROM shares JOIN ledger "
                "USING (reservation) WHERE shares.job = number AND state IN ('settled', 'unknown'))");
    return wrong["attempts"] + wrong["jobs"];
  }

  /// Calls that the ledger holds for made, or perhaps made.
  std::int64_t calls_on_ledger() const {
    auto counts = ledger();
    return counts["begun"] + counts["settled"] + counts["unknown"];
  }

private:
  /// What the database as it is on the disk says, read from a copy, so that the next process finds what the last one
  /// left.
  ledger_counts counted(const char* query) const {
    const auto copy = scratch_.path() / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::create_directory(copy);
    for (const auto& entry : std::filesystem::directory_iterator{data_dir()})
      if (entry.is_regular_file())
        std::filesystem::copy(entry.path(), copy / entry.path().filename());
    sqlite3* db = nullptr;
    sqlite3_open((copy / "glyphgate.db").c_str(), &db);
    ledger_counts counts;
    const auto collect = [](void* into, int, char** values, char**) {
      (*static_cast<ledger_counts*>(into))[values[0]] = std::atoll(values[1]);
      return 0;
    };
    char* error = nullptr;
    sqlite3_exec(db, query, collect, &counts, &error);
    const std::string failed = error == nullptr ? "" : error;
    sqlite3_free(error);
    sqlite3_close(db);
    if (!failed.empty() && failed != "no such table: ledger")
      throw std::runtime_error{"the ledger cannot be read: " + failed};
    return counts;
  }

  static std::string text_of(std::uint64_t picture) { return to_hex(sha256(test_png(picture))); }

  temporary_directory scratch_;
  variables settings_;
  std::atomic<std::uint64_t> next_picture_ = 1;
  mutable std::mutex mutex_;
  std::vector<promised_job> promised_;
  std::map<std::string, std::string> completed_;
};

} // namespace glyphgate
