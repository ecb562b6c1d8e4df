// How fast the durable store takes jobs in, against what the disk's own sync allows, and how fast it starts.
//
//     store_bench [DIRECTORY]             on the disk of DIRECTORY, default the current one; leaves nothing behind
//     store_bench --fill DATA_DIR JOBS CALLS    makes a store of that many ended jobs, of that many calls each

#include "core/log.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace glyphgate::store {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t picture_size = 2048;
constexpr std::chrono::seconds measured{3};

double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

timestamp now() {
  return std::chrono::floor<duration>(std::chrono::system_clock::now());
}

picture make_picture(const std::string& id, std::size_t which) {
  std::string bytes(picture_size, 'x');
  bytes.replace(0, 20, std::to_string(which) + std::string(20, ' '), 0, 20);
  const auto content = sha256(bytes);
  return {id, make_picture_bytes(std::move(bytes)), {picture_format::jpeg, 666, 64, 1}, content};
}

// A job of one call a picture.
accept_job make_job(reservation_id first, std::size_t pictures) {
  accept_job job;
  char id[33];
  std::snprintf(id, sizeof id, "%032llx", static_cast<unsigned long long>(first));
  job.id = id;
  job.at = now();
  std::vector<picture> made;
  for (std::uint32_t i = 0; i < pictures; ++i) {
    made.push_back(make_picture("frame_" + std::to_string(i), first + i));
    job.aboard.push_back({first + i, {i}, true});
  }
  job.spec = make_job_spec(std::move(made), {"en"}, "bench");
  return job;
}

std::shared_ptr<const recognition> make_recognition() {
  auto r = std::make_shared<recognition>();
  for (int i = 0; i < 40; ++i)
    r->symbols.push_back({"a", {20 * i, 10, 18, 30}, 0.98F, text_break::none});
  return r;
}

shares_ptr shares_of(const std::vector<accept_job>& jobs) {
  std::vector<paid_seat> seats;
  for (const auto& job : jobs)
    for (const auto& p : job.spec->pictures)
      seats.push_back({p.info.pixels(), {job.id}});
  return std::make_shared<const std::vector<job_share>>(fair_shares(1500, seats));
}

transaction make_begin(call_id call, const std::vector<accept_job>& jobs) {
  return begin_attempt{call, 1, call, now(), 1500, shares_of(jobs)};
}

// What closes a call of these jobs' pictures.
transaction make_close(call_id call, const std::vector<accept_job>& jobs,
                       const std::shared_ptr<const recognition>& read) {
  close_call close{call, 1, now(), {}};
  for (const auto& job : jobs)
    for (const auto& seat : job.spec->recognition_keys)
      close.outcomes.push_back({seat, {read, ""}});
  return close;
}

transaction make_end(const job_id& id) {
  end_job end;
  end.end = {id, job_status::completed, now(), now(), now(), std::nullopt};
  return end;
}

// The directories of all measurements, removed together at the end: a file system may be slow to make files where many
// were removed a moment ago.
class scratch {
public:
  explicit scratch(const std::filesystem::path& parent) : directory_{parent} {}

  std::filesystem::path next() { return directory_.path() / std::to_string(count_++); }

private:
  temporary_directory directory_;
  int count_ = 0;
};

void bench_disk(const std::filesystem::path& dir) {
  std::filesystem::create_directory(dir);
  const std::string bytes(picture_size, 'x');
  const auto rate = [&](const char* what, const auto& once) {
    const auto start = clock::now();
    int n = 0;
    for (; seconds_since(start) < std::chrono::duration<double>(measured).count(); ++n)
      once(n);
    std::printf("disk: %-52s %8.0f /s\n", what, n / seconds_since(start));
  };
  const auto open = [&](const std::string& name) {
    const int fd = ::open((dir / name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
      throw std::runtime_error{"cannot create a file"};
    return fd;
  };
  const auto write_and_sync = [&](int fd) {
    if (::write(fd, bytes.data(), bytes.size()) < 0 || ::fdatasync(fd) != 0)
      throw std::runtime_error{"cannot write"};
  };
  const int log = open("log");
  rate("append 2 kB to one file and sync it", [&](int) { write_and_sync(log); });
  ::close(log);
  const int directory = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  rate("write 2 kB to a new file, sync it and its directory", [&](int n) {
    const int fd = open("file-" + std::to_string(n));
    write_and_sync(fd);
    ::fsync(directory);
    ::close(fd);
  });
  ::close(directory);
}

void bench_submissions(const std::filesystem::path& dir, std::size_t group) {
  const auto store = open_sqlite_store({.data_dir = dir});
  auto number = store->recover(now()).last_batch;
  std::vector<double> latencies;
  reservation_id next = 1;
  const auto start = clock::now();
  while (clock::now() - start < measured) {
    std::vector<transaction> batch;
    for (std::size_t i = 0; i < group; ++i)
      batch.push_back(make_job(next++, 1));
    const auto begin = clock::now();
    store->commit(++number, batch);
    latencies.push_back(seconds_since(begin) * 1e3);
  }
  const auto rate = static_cast<double>(next - 1) / seconds_since(start);
  std::ranges::sort(latencies);
  std::printf(
      "submissions of one 2 kB picture, %3zu a commit: %8.0f /s, a commit takes %.2f ms (median), %.2f ms (p99)\n",
      group, rate, latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100]);
}

// Whole lives of jobs: accepted, begun, settled, closed and ended, a commit a step, `group` jobs at once.
void bench_lives(const std::filesystem::path& dir, std::size_t group) {
  const auto store = open_sqlite_store({.data_dir = dir});
  auto number = store->recover(now()).last_batch;
  const auto read = make_recognition();
  reservation_id next = 1;
  const auto start = clock::now();
  while (clock::now() - start < measured) {
    std::vector<transaction> accepts;
    std::vector<transaction> begins;
    std::vector<transaction> ends;
    for (std::size_t i = 0; i < group; ++i, ++next) {
      const auto job = make_job(next, 1);
      accepts.push_back(job);
      begins.push_back(make_begin(next, {job}));
      ends.push_back(settle_spend{next, now()});
      ends.push_back(make_close(next, {job}, read));
      ends.push_back(make_end(job.id));
    }
    for (const auto* step : {&accepts, &begins, &ends})
      store->commit(++number, *step);
  }
  std::printf("whole lives of such jobs,        %3zu at once:  %8.0f /s\n", group,
              static_cast<double>(next - 1) / seconds_since(start));
}

// A call that carries one picture of each of so many jobs: each step of it is one commit.
void bench_shared_call(const std::filesystem::path& dir, std::size_t riders) {
  const auto store = open_sqlite_store({.data_dir = dir});
  auto number = store->recover(now()).last_batch;
  const auto read = make_recognition();
  std::vector<accept_job> jobs;
  for (std::size_t i = 0; i < riders; ++i) {
    jobs.push_back(make_job(1 + i, 1));
    jobs.back().aboard[0] = {1, {0}, i == 0};
  }
  const auto commit = [&](const char* what, const std::vector<transaction>& batch) {
    const auto start = clock::now();
    store->commit(++number, batch);
    std::printf("a call of %zu jobs is %-10s %8.1f ms\n", riders, what, seconds_since(start) * 1e3);
  };
  commit("boarded", {jobs.begin(), jobs.end()});
  commit("begun", {make_begin(1, jobs)});
  commit("settled", {settle_spend{1, now()}});
  commit("closed", {make_close(1, jobs, read)});
  std::vector<transaction> ends;
  for (const auto& job : jobs)
    ends.push_back(make_end(job.id));
  commit("over", ends);
}

/// Leaves a store with that many ended jobs of that many calls each.
void fill(const std::filesystem::path& data_dir, std::size_t jobs, std::size_t calls) {
  const auto read = make_recognition();
  const auto store = open_sqlite_store({.data_dir = data_dir});
  auto number = store->recover(now()).last_batch;
  std::vector<transaction> batch;
  reservation_id next = 1;
  for (std::size_t i = 0; i < jobs; ++i) {
    const auto job = make_job(next, calls);
    batch.push_back(job);
    for (std::uint32_t k = 0; k < calls; ++k) {
      close_call close{next + k, 1, now(), {{job.spec->recognition_keys[k], {read, ""}}}};
      batch.push_back(settle_spend{next + k, now()});
      batch.push_back(std::move(close));
    }
    batch.push_back(make_end(job.id));
    next += calls;
    if (i % 100 == 99) {
      store->commit(++number, batch);
      batch.clear();
    }
  }
  store->commit(++number, batch);
}

void bench_start(const std::filesystem::path& dir, std::size_t jobs, std::size_t calls) {
  fill(dir, jobs, calls);
  const auto size = static_cast<double>(std::filesystem::file_size(dir / "glyphgate.db")) / 1e6;
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    const auto start = clock::now();
    const auto store = open_sqlite_store({.data_dir = dir});
    const auto found = store->recover(now());
    times.push_back(seconds_since(start) * 1e3);
    if (found.ended.size() != jobs || found.spends.size() != jobs * calls)
      throw std::runtime_error{"jobs are missing"};
  }
  std::ranges::sort(times);
  std::printf("start with %6zu ended jobs and %7zu spends (%.0f MB): %.1f ms (median of 5)\n", jobs, jobs * calls, size,
              times[2]);
}

void bench(const std::filesystem::path& parent) {
  log::configure({log_level::warn, log_format::text});
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  scratch dirs{parent};
  bench_disk(dirs.next());
  for (const std::size_t group : {1, 16, 64})
    bench_submissions(dirs.next(), group);
  for (const std::size_t group : {1, 16, 64})
    bench_lives(dirs.next(), group);
  bench_shared_call(dirs.next(), 950);
  bench_start(dirs.next(), 1000, 10);
  bench_start(dirs.next(), 10000, 10);
}

} // namespace

} // namespace glyphgate::store

int main(int argc, char** argv) {
  try {
    if (argc == 5 && std::string{argv[1]} == "--fill")
      glyphgate::store::fill(argv[2], std::stoul(argv[3]), std::stoul(argv[4]));
    else
      glyphgate::store::bench(argc > 1 ? argv[1] : ".");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "store_bench: %s\n", e.what());
    return 1;
  }
}
