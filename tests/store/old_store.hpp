#pragma once

#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glyphgate::store {

/// Those that there have been, from 1.
inline std::vector<int> schema_versions() {
  std::vector<int> versions;
  for (int v = 1; v <= static_cast<int>(schema_steps().size()); ++v)
    versions.push_back(v);
  return versions;
}

/// What the program of that schema left: write_store.cpp.
inline std::filesystem::path fixture_of(int version) {
  return std::filesystem::path{GLYPHGATE_SOURCE_DIR} / "tests/store/fixtures" / ("schema-" + std::to_string(version));
}

/// So many seconds after the day began on which it was written.
inline timestamp second(int n) {
  return at(0) + std::chrono::seconds{n};
}

/// A store as the program of that schema left it, opened by this one.
struct old_store {
  temporary_directory dir{in_memory()};
  sqlite_store_config config;
  std::unique_ptr<job_store> store;
  recovery recovered;

  explicit old_store(int version) {
    const auto fixture = fixture_of(version);
    config.data_dir = dir.path() / "data";
    std::filesystem::create_directories(config.data_dir);
    std::filesystem::copy(fixture / "payloads", config.data_dir / "payloads");
    write_file(file(), "");
    sql(file(), read_file(fixture / "glyphgate.sql"));
    store = open_sqlite_store(config);
    recovered = store->recover(second(60));
  }

  std::filesystem::path file() const { return config.data_dir / "glyphgate.db"; }

  const kept_job& pending(const job_id& id) const { return find(recovered.pending, id); }
  const kept_job& ended(const job_id& id) const { return find(recovered.ended, id); }

  std::vector<picture_outcome> result_of(const job_id& id) const {
    std::vector<picture_outcome> outcomes;
    const auto result = store->open_reader()->read_result(id);
    BOOST_REQUIRE(result);
    for (const auto& p : result->pictures)
      outcomes.push_back(p.outcome);
    return outcomes;
  }

  static const kept_job& find(const std::vector<kept_job>& jobs, const job_id& id) {
    const auto found = std::ranges::find_if(jobs, [&](const auto& job) { return job.view.id == id; });
    BOOST_REQUIRE_MESSAGE(found != jobs.end(), id);
    return *found;
  }
};

} // namespace glyphgate::store
