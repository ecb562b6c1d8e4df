#include "engine_double.hpp"

#include "failure.hpp"
#include "support/file_of.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool is(const std::string& content, std::string_view kind) {
  return content.starts_with(kind);
}

call_failure failed(ec code, std::string detail, bool sent, std::optional<duration> wait = std::nullopt) {
  return {code, std::move(detail), sent, wait};
}

call_outcome_ptr outcome(call_failure f) {
  return std::make_shared<const call_outcome>(std::move(f));
}

call_outcome_ptr refused(std::string detail, bool sent, bool splittable) {
  auto f = failed(ec::request_rejected, std::move(detail), sent);
  f.splittable = splittable;
  return outcome(std::move(f));
}

} // namespace

picture make_picture(const std::string& id, const std::string& content) {
  const auto digest = sha256(content);
  const auto width = 20U + 40U * (digest.bytes[0] % 5U);
  const auto height = 10U + 20U * (digest.bytes[1] % 3U);
  return {id, make_picture_bytes(content), {picture_format::png, width, height, 1}, digest};
}

picture make_refused(const std::string& id, const std::string& why) {
  picture p;
  p.id = id;
  p.refused = why;
  return p;
}

std::vector<std::string> make_contents(random& r, std::uint32_t count, bool poison) {
  std::vector<std::string> contents;
  if (poison)
    contents.emplace_back("poison0");
  while (contents.size() < count) {
    const auto dice = r.below(100);
    const auto* kind = dice < 74   ? "t"
                       : dice < 80 ? "blank"
                       : dice < 86 ? "bad"
                       : dice < 92 ? "odd"
                       : dice < 96 ? "big"
                                   : "huge";
    const auto number = std::to_string(contents.size());
    // One of three shows what the one before it shows.
    if (!contents.empty() && contents.back().starts_with("t") && r.chance(0.3))
      contents.push_back(contents.back().substr(0, contents.back().find('~')) + "~" + number);
    else
      contents.push_back(kind + number);
  }
  return contents;
}

picture_outcome expected(const std::string& content, const std::vector<std::string>& hints,
                         const engine_description& by) {
  if (std::ranges::find(hints, refused_language) != hints.end())
    return {nullptr, "the language is not known", false};
  if (is(content, "bad"))
    return {nullptr, "cannot be decoded: " + content, false};
  if (is(content, "odd"))
    return {nullptr, "Bad image data: " + content, false};
  if (is(content, "big") || is(content, "huge"))
    return {nullptr, "too large: " + content, false};
  if (is(content, "poison"))
    return {};
  auto text = "text of " + content;
  for (const auto& h : hints)
    text += " in " + h;
  text += ", read by " + by.name;
  return {std::make_shared<const recognition>(recognition{{symbol{std::move(text), {}, 0.5F, text_break::none}},
                                                          content.ends_with('3') ? "the file ends early" : ""}),
          {},
          false};
}

const engine_description* reader_of(const recognition& read, const std::string& content,
                                    const std::vector<std::string>& hints) {
  const auto found = std::ranges::find_if(engines, [&](const auto& by) {
    const auto right = expected(content, hints, by).recognised;
    return right && *right == read;
  });
  return found == engines.end() ? nullptr : &*found;
}

void engine_double::look_at_sky(timestamp now) {
  if (now < weather_until_)
    return;
  weather_ = random_.chance(bad_weather_) ? static_cast<weather>(random_.between(1, 7)) : weather::fine;
  weather_until_ = now + random_.time(seconds{2}, random_.chance(0.8) ? duration{seconds{60}} : duration{minutes{30}});
}

std::optional<call_failure> engine_double::failure(weather w) {
  switch (w) {
  case weather::fine: return std::nullopt;
  case weather::mixed: return random_.chance(0.5) ? failure(static_cast<weather>(random_.between(2, 7))) : std::nullopt;
  case weather::failing:
    return random_.chance(0.5) ? failed(ec::engine_unavailable, "503", true, seconds{1})
                               : failed(ec::engine_unavailable, "the connection broke", true);
  case weather::throttling: return failed(ec::engine_unavailable, "429", true, random_.time(seconds{30}, minutes{3}));
  case weather::unreachable:
    if (random_.chance(0.2))
      return failed(ec::internal, "the service is short of memory", false);
    return random_.chance(0.7) ? failed(ec::engine_unavailable, "no connection", false)
                               : failed(ec::engine_unavailable, "the token server throttles", false, seconds{30});
  case weather::refusing: return failed(ec::account_refused, "billing is disabled", random_.chance(0.5));
  case weather::unsure: {
    auto f = failed(random_.chance(0.5) ? ec::engine_unavailable : ec::account_refused, "401", true);
    f.unprocessed = true;
    return f;
  }
  case weather::hanging: break;
  }
  return std::nullopt;
}

engine_plan engine_double::annotate(const planned_call& call, timestamp now) {
  look_at_sky(now);
  engine_plan plan;
  plan.leaves_after = random_.time(duration{10}, milliseconds{20});
  plan.ends_after = *plan.leaves_after + (random_.chance(0.9) ? random_.time(milliseconds{1}, milliseconds{900})
                                                              : random_.time(seconds{1}, seconds{20}));
  if (weather_ == weather::hanging) {
    plan.ends_after.reset();
    return plan;
  }
  if (auto f = failure(weather_)) {
    if (!f->sent)
      plan.leaves_after.reset();
    plan.outcome = outcome(std::move(*f));
    return plan;
  }
  const auto& pictures = call.pictures;
  const auto any = [&](std::string_view kind) {
    return std::ranges::any_of(pictures, [&](const auto& p) { return is(file_of(p), kind); });
  };
  const bool several = pictures.size() > 1;
  const auto own = [&] { return expected(file_of(pictures.front()), call.language_hints, *present_).error; };
  if (std::ranges::find(call.language_hints, refused_language) != call.language_hints.end()) {
    plan.outcome = refused(own(), true, false);
  } else if (any("huge")) {
    plan.leaves_after.reset();
    plan.outcome = refused(several ? "the montage is too large" : own(), false, several);
  } else if (std::ranges::all_of(pictures, [&](const auto& p) { return is(file_of(p), "bad"); })) {
    plan.leaves_after.reset();
    plan.outcome = refused(several ? "no picture of the call can be decoded" : own(), false, several);
  } else if (any("big")) {
    plan.outcome = refused(several ? "the payload is too large" : own(), true, several);
  } else if (any("odd") && several) {
    plan.outcome = refused("Bad image data.", true, true);
  } else if (any("poison")) {
    plan.kills = true;
  } else {
    annotation all;
    for (const auto& p : pictures)
      all.pictures.push_back(expected(file_of(p), call.language_hints, *present_));
    plan.outcome = std::make_shared<const call_outcome>(std::move(all));
  }
  return plan;
}

void engine_double::leaves(reservation_id reservation, timestamp at) {
  if (!left_.insert(reservation).second)
    throw life_failed{"two calls were made for the reservation " + std::to_string(reservation)};
  while (!day_.empty() && day_.front() + hours{24} < at)
    day_.pop_front();
  day_.push_back(at);
  if (day_.size() > limit_)
    throw life_failed{std::to_string(day_.size()) + " calls in 24 h, and the limit is " + std::to_string(limit_)};
}

} // namespace glyphgate::simulation
