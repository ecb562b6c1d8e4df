#pragma once

#include "core/engine_description.hpp"
#include "core/sieve.hpp"
#include "random.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::simulation {

/// What a scope ends with where a local engine answers before the engine of the calls is asked.
inline constexpr std::string_view local_first_scope = " local-first";

/// The engine, with a sieve that answers, or without.
engine_description behind_sieve(engine_description engine, bool answers);
bool answers_here(const engine_description& engine);

/// Whether the contents show the same: "t5", "t5~7" and "t5~9" do.
bool show_the_same(const std::string& a, const std::string& b);

/// What the sieve reads in a picture of that content; null where it is not sure.
std::shared_ptr<const recognition> read_here(const std::string& content, sieve_mode mode);

/// Whether the sieve may have read that there.
bool is_read_here(const recognition& read, const std::string& content);

/// A sieve that knows what its pictures show, and fails with that probability.
class sieve_double {
public:
  sieve_double(random r, double fails) : random_{r}, fails_{fails} {}
  sift_outcome_ptr sift(const sift_request& portion);

private:
  random random_;
  double fails_;
};

} // namespace glyphgate::simulation
