#pragma once

#include "core/call.hpp"
#include "core/clock.hpp"
#include "core/engine_description.hpp"
#include "core/picture.hpp"
#include "random.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace glyphgate::simulation {

/// What the engine does with one call.
struct engine_plan {
  /// When the first byte of the request leaves; none when it never does.
  std::optional<duration> leaves_after;
  /// None when it never answers.
  std::optional<duration> ends_after;
  call_outcome_ptr outcome;
  /// The call ends the process.
  bool kills = false;
};

/// A picture of that content for the engine double: what it reads there, or how it refuses it, follows from the
/// content.
picture make_picture(const std::string& id, const std::string& content);

/// A picture that the service does not read, and that its client wants to be passed over.
picture make_refused(const std::string& id, const std::string& why);

/// The contents that a life's clients send: "t…" is read, "blank…" holds nothing that a sieve would see; "bad…" cannot
/// be decoded; "odd…" makes the engine refuse the whole call; "big…" and "huge…" are too large, found out by the engine
/// and before; "poison…" ends the process.
std::vector<std::string> make_contents(random& r, std::uint32_t count, bool poison);

/// The language that the engine refuses.
inline const std::string refused_language = "xx";

/// The engines that a process may have: each reads a text of its own.
inline const std::array<engine_description, 2> engines{
    {{"one", "the one engine", 1500}, {"other", "the other engine", 20}}};

/// What that engine reads in that picture, or the error that is the picture's own; null and empty for a poisonous one.
picture_outcome expected(const std::string& content, const std::vector<std::string>& hints,
                         const engine_description& by);

/// The engine that read that, or null when none of them reads that in that picture.
const engine_description* reader_of(const recognition& read, const std::string& content,
                                    const std::vector<std::string>& hints);

/// An engine with every outcome of docs/google-vision.md, whose weather changes, and which counts the calls that reach
/// it.
class engine_double {
public:
  engine_double(random r, double bad_weather) : random_{r}, bad_weather_{bad_weather} {}

  /// What the process that is there has of it: its name, and the limit that it keeps.
  void take(const engine_description& e, std::uint64_t limit_per_day) {
    present_ = &e;
    limit_ = limit_per_day;
  }

  engine_plan annotate(const planned_call& call, timestamp now);

  /// A call of that reservation leaves the process, at that instant of a clock that runs no slower than the service's.
  /// Throws life_failed when that is one too many.
  void leaves(reservation_id reservation, timestamp at);

  bool left(reservation_id reservation) const { return left_.contains(reservation); }
  std::uint64_t calls() const { return left_.size(); }

  /// Fine from now on.
  void heal() { bad_weather_ = 0, weather_until_ = {}; }

private:
  enum class weather : std::uint8_t { fine, mixed, failing, throttling, unreachable, refusing, unsure, hanging };

  void look_at_sky(timestamp now);
  std::optional<call_failure> failure(weather w);

  random random_;
  double bad_weather_;
  const engine_description* present_ = engines.data();
  std::uint64_t limit_ = 0;
  weather weather_ = weather::fine;
  timestamp weather_until_{};
  std::unordered_set<reservation_id> left_;
  std::deque<timestamp> day_;
};

} // namespace glyphgate::simulation
