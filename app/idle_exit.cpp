#include "app/idle_exit.hpp"

#include <algorithm>

namespace glyphgate {

idle_watch::idle_watch(std::chrono::seconds limit, time_point ready)
    : limit_{limit},
      step_{limit_ / 10},
      needed_at_{ready},
      looked_at_{ready},
      next_look_{ready} {}

bool idle_watch::look(time_point now, const activity& seen) {
  if (seen.working || was_working_ || seen.used_at >= looked_at_)
    needed_at_ = now;
  was_working_ = seen.working;
  looked_at_ = now;
  const auto due = needed_at_ + limit_;
  next_look_ = due > now ? std::min(now + step_, due) : now + step_;
  return due <= now;
}

std::chrono::milliseconds idle_watch::idle_time() const {
  return std::chrono::floor<std::chrono::milliseconds>(looked_at_ - needed_at_);
}

} // namespace glyphgate
