#pragma once

#include "support/file_of.hpp"
#include "support/test_jobs.hpp"
#include "vision/engine.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace glyphgate {

/// An engine that does what the test says with each call.
class scripted_engines : public vision::engine_provider {
public:
  using script = std::function<call_outcome(const planned_call&, const std::stop_token&, const vision::progress_fn&)>;

  /// `rest` is called when an engine is to rest.
  explicit scripted_engines(
      script s, std::function<void()> rest = [] {})
      : script_{std::move(s)},
        rest_{std::move(rest)} {}

  std::string_view name() const override { return "test"; }
  std::string recognition_scope() const override { return "test"; }
  micro_dollars price_per_call() const override { return 1500; }
  bool reads_montages() const override { return true; }
  std::vector<std::string> refuse_hints(const std::vector<std::string>&) const override { return {}; }
  std::uint64_t memory_of(const vision::picture_header&) const override { return 0; }
  std::unique_ptr<vision::engine> make() const override { return std::make_unique<scripted>(script_, rest_); }

private:
  class scripted : public vision::engine {
  public:
    scripted(script s, std::function<void()> rest) : script_{std::move(s)}, rest_{std::move(rest)} {}
    call_outcome annotate(const planned_call& call, std::stop_token stop,
                          const vision::progress_fn& progress) override {
      return script_(call, stop, progress);
    }
    void rest() override { rest_(); }

  private:
    script script_;
    std::function<void()> rest_;
  };

  script script_;
  std::function<void()> rest_;
};

/// Reads each picture's content as its text, with a question mark for what is not ASCII: engines give UTF-8.
inline call_outcome read_contents(const planned_call& call) {
  annotation made;
  for (const auto& p : call.pictures) {
    std::string text = file_of(p);
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) > 0x7e; }, '?');
    made.pictures.push_back({test_recognition(text), ""});
  }
  return made;
}

} // namespace glyphgate
