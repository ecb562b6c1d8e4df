// The service as it is shipped, but for its engine: this one appends a line to CALL_LOG for every call, takes ENGINE_MS
// milliseconds, and ENGINE_CORE_MS of a processor that all calls of the moment share, and reads in each picture the
// digest of its bytes. The process's call number ENGINE_FAILS_AT fails, and number ENGINE_FAILS_UNSENT_AT before
// anything left, and asks for a pause of ENGINE_PAUSE_MS. Its name is ENGINE_NAME, and its
// price ENGINE_PRICE millionths of a dollar. A call of more than ENGINE_TAKES_AT_MOST pictures is refused. A call waits
// while the directory ENGINE_HOLDS has a file whose name is the digest of one of its pictures. The picture whose digest
// is ENGINE_ABORTS_AT then aborts the process.

#include "app/front_door.hpp"
#include "app/options.hpp"
#include "app/run_service.hpp"
#include "core/digest.hpp"
#include "core/log.hpp"
#include "support/file_of.hpp"
#include "vision/engine.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

namespace glyphgate {

namespace {

int number_in(const char* variable, int otherwise) {
  const auto* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

std::string text_in(const char* variable, const char* otherwise = "") {
  const auto* text = std::getenv(variable);
  return text == nullptr ? otherwise : text;
}

struct behaviour {
  int log = open(std::getenv("CALL_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  std::chrono::milliseconds takes{number_in("ENGINE_MS", 0)};
  std::chrono::milliseconds core_time{number_in("ENGINE_CORE_MS", 0)};
  int fails_at = number_in("ENGINE_FAILS_AT", 0);
  int fails_unsent_at = number_in("ENGINE_FAILS_UNSENT_AT", 0);
  int takes_at_most = number_in("ENGINE_TAKES_AT_MOST", 1'000'000);
  std::string holds = text_in("ENGINE_HOLDS");
  std::string aborts_at = text_in("ENGINE_ABORTS_AT");
  std::chrono::milliseconds pause{number_in("ENGINE_PAUSE_MS", 10)};
  std::string name = text_in("ENGINE_NAME", "recording");
  micro_dollars price = static_cast<micro_dollars>(number_in("ENGINE_PRICE", 1500));
};

class recording_engine : public vision::engine {
public:
  explicit recording_engine(const behaviour& how) : how_{how} {}

  call_outcome annotate(const planned_call& call, std::stop_token stop, const vision::progress_fn&) override {
    static std::atomic<int> calls = 0;
    const auto number = ++calls;
    if (number == how_.fails_unsent_at)
      return call_failure{ec::engine_unavailable, "told to fail before anything leaves", false, how_.pause};
    std::string line = std::to_string(call.id) + " " + std::to_string(call.attempt) + " " +
                       std::to_string(call.pictures.size()) + "\n";
    if (write(how_.log, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      return call_failure{ec::engine_unavailable, "the call log cannot be written", false, std::nullopt};
    wait(how_.takes, stop);
    share_core(stop);
    std::vector<std::string> texts;
    for (const auto& p : call.pictures)
      texts.push_back(to_hex(sha256(file_of(p))));
    while (!stop.stop_requested() && std::ranges::any_of(texts, [this](const auto& t) { return is_held(t); }))
      wait(std::chrono::milliseconds{2}, stop);
    if (std::ranges::count(texts, how_.aborts_at) != 0) {
      const rlimit no_core_file{};
      setrlimit(RLIMIT_CORE, &no_core_file);
      std::abort();
    }
    if (stop.stop_requested())
      return call_failure{ec::cancelled, "stopped", true, std::nullopt};
    if (number == how_.fails_at)
      return call_failure{ec::engine_unavailable, "told to fail", true, std::nullopt};
    if (call.pictures.size() > static_cast<std::size_t>(how_.takes_at_most))
      return call_failure{ec::request_rejected, "told to refuse so many pictures", true, std::nullopt, true};
    annotation read;
    for (const auto& text : texts) {
      recognition r;
      for (const char c : text)
        r.symbols.push_back({std::string(1, c), {0, 0, 1, 1}, 1, text_break::none});
      read.pictures.push_back({std::make_shared<const recognition>(std::move(r)), ""});
    }
    return read;
  }

private:
  static void wait(std::chrono::nanoseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any over;
    std::unique_lock lock{mutex};
    over.wait_for(lock, stop, time, [] { return false; });
  }

  void share_core(const std::stop_token& stop) const {
    using clock = std::chrono::steady_clock;
    static std::atomic<int> sharing = 0;
    ++sharing;
    std::chrono::nanoseconds left = how_.core_time;
    for (auto since = clock::now(); left.count() > 0 && !stop.stop_requested();) {
      wait(std::chrono::milliseconds{2}, stop);
      const auto now = clock::now();
      left -= (now - since) / sharing.load();
      since = now;
    }
    --sharing;
  }

  bool is_held(const std::string& text) const {
    return !how_.holds.empty() && access((how_.holds + "/" + text).c_str(), F_OK) == 0;
  }

  behaviour how_;
};

/// Lets every picture travel.
class open_sieve : public vision::sieve {
public:
  sift_outcome sift(const std::vector<picture>& pictures, const std::vector<std::string>&, const sieve_options&,
                    std::stop_token, const vision::progress_fn&) override {
    return std::vector<sieve_verdict>(pictures.size(), travels{});
  }
};

class recording_engines : public vision::engine_provider {
public:
  std::string_view name() const override { return how_.name; }
  std::string recognition_scope() const override { return how_.name; }
  micro_dollars price_per_call() const override { return how_.price; }
  bool reads_montages() const override { return true; }
  std::vector<std::string> refuse_hints(const std::vector<std::string>&) const override { return {}; }
  std::uint64_t memory_of(const vision::picture_header&) const override { return 0; }
  std::unique_ptr<vision::engine> make() const override { return std::make_unique<recording_engine>(how_); }
  std::unique_ptr<vision::sieve> make_sieve() const override { return std::make_unique<open_sieve>(); }

private:
  behaviour how_;
};

} // namespace

} // namespace glyphgate

int main(int argc, char** argv) {
  using namespace glyphgate;
  const auto parsed = parse_options(argc, argv, "test");
  if (const auto* exit = std::get_if<early_exit>(&parsed)) {
    std::fprintf(stderr, "%s\n", exit->text.c_str());
    return exit->code;
  }
  const auto& settings = std::get<config>(parsed);
  log::configure(settings.log);
  try {
    const auto engines = std::make_shared<const recording_engines>();
    auto keys = open_front_door(settings, engines->name());
    if (const auto* refused = std::get_if<std::string>(&keys)) {
      std::fprintf(stderr, "%s\n", refused->c_str());
      return 2;
    }
    return run_service(settings, "test", engines, std::get<0>(std::move(keys)));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return EXIT_FAILURE;
  }
}
