// The service as it is shipped, but for its engine: this one appends a line to CALL_LOG for every call, takes ENGINE_MS
// milliseconds, and reads in each picture the digest of its bytes. The process's call number ENGINE_FAILS_AT fails.

#include "app/options.hpp"
#include "app/run_service.hpp"
#include "core/digest.hpp"
#include "core/log.hpp"
#include "vision/engine.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

namespace glyphgate {

namespace {

class recording_engine : public vision::engine {
public:
  recording_engine(int log, duration takes, int fails_at) : log_{log}, takes_{takes}, fails_at_{fails_at} {}

  call_outcome annotate(const planned_call& call, std::stop_token stop, const vision::progress_fn&) override {
    std::string line = call.key.job + " " + std::to_string(call.key.index) + " " + std::to_string(call.attempt) + "\n";
    if (write(log_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      return call_failure{ec::engine_unavailable, "the call log cannot be written", false, std::nullopt};
    std::mutex mutex;
    std::condition_variable_any over;
    std::unique_lock lock{mutex};
    over.wait_for(lock, stop, takes_, [] { return false; });
    if (stop.stop_requested())
      return call_failure{ec::cancelled, "stopped", true, std::nullopt};
    static std::atomic<int> calls = 0;
    if (++calls == fails_at_)
      return call_failure{ec::engine_unavailable, "told to fail", true, std::nullopt};
    annotation read;
    for (const auto& p : call.pictures) {
      recognition r;
      for (const char c : to_hex(sha256(*p.bytes)))
        r.symbols.push_back({std::string(1, c), {0, 0, 1, 1}, 1, text_break::none});
      read.images.push_back({std::make_shared<const recognition>(std::move(r)), ""});
    }
    return read;
  }

private:
  int log_;
  duration takes_;
  int fails_at_;
};

class recording_engines : public vision::engine_provider {
public:
  recording_engines() : log_{open(std::getenv("CALL_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)} {
    if (const auto* ms = std::getenv("ENGINE_MS"))
      takes_ = std::chrono::milliseconds{std::atoi(ms)};
    if (const auto* number = std::getenv("ENGINE_FAILS_AT"))
      fails_at_ = std::atoi(number);
  }

  std::string_view name() const override { return "recording"; }
  std::string recognition_scope() const override { return "recording"; }
  double price_per_call_usd() const override { return 0.0015; }
  std::vector<std::string> refuse_hints(const std::vector<std::string>&) const override { return {}; }
  std::unique_ptr<vision::engine> make() const override {
    return std::make_unique<recording_engine>(log_, takes_, fails_at_);
  }

private:
  int log_;
  duration takes_{};
  int fails_at_ = 0;
};

} // namespace

} // namespace glyphgate

int main(int argc, char** argv) {
  using namespace glyphgate;
  const auto parsed = parse_options(argc, argv, "test");
  if (const auto* exit = std::get_if<early_exit>(&parsed)) {
    std::fputs(exit->text.c_str(), stderr);
    return exit->code;
  }
  const auto& settings = std::get<config>(parsed);
  log::configure(settings.log);
  try {
    return run_service(settings, "test", std::make_shared<const recording_engines>());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return EXIT_FAILURE;
  }
}
