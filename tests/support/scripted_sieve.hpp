#pragma once

#include "support/scripted_engine.hpp"
#include "vision/sieve.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

/// The scripted engine behind a sieve that does what the test says with each portion.
class sifting_engines : public scripted_engines {
public:
  using sift_script =
      std::function<sift_outcome(const std::vector<picture>&, const sieve_options&, const std::stop_token&)>;

  explicit sifting_engines(
      script s, sift_script sift, std::function<void()> rest = [] {})
      : scripted_engines{std::move(s)},
        sift_{std::move(sift)},
        rest_{std::move(rest)} {}

  std::unique_ptr<vision::sieve> make_sieve() const override { return std::make_unique<scripted>(sift_, rest_); }
  std::string sieve_scope() const override { return "scripted"; }

private:
  class scripted : public vision::sieve {
  public:
    scripted(sift_script sift, std::function<void()> rest) : sift_{std::move(sift)}, rest_{std::move(rest)} {}
    sift_outcome sift(const std::vector<picture>& pictures, const std::vector<std::string>&,
                      const sieve_options& options, std::stop_token stop, const vision::progress_fn&) override {
      return sift_(pictures, options, stop);
    }
    void rest() override { rest_(); }

  private:
    sift_script sift_;
    std::function<void()> rest_;
  };

  sift_script sift_;
  std::function<void()> rest_;
};

} // namespace glyphgate
