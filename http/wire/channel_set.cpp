#include "http/wire/channel_set.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::chrono::milliseconds tick{200};
// Below this, a client is slow enough to lose its place to others.
constexpr std::uint64_t slow_rate = 64 * 1024;
// How long a client may keep a slot that others need without having sent a request's header.
constexpr std::chrono::seconds head_grace{2};
// How long a client may take nothing of its answer while others need the room.
constexpr std::chrono::seconds take_grace{1};

bool is_slow(const pace& p) {
  return p.rate().value_or(slow_rate) < slow_rate;
}

} // namespace

channel_set::channel_set(asio::execution_context& context)
    : service{context},
      timer_{static_cast<asio::io_context&>(context)} {}

void channel_set::configure(channel_limits limits, std::function<bool(const request&)> is_use) {
  limits_ = std::move(limits);
  is_use_ = std::move(is_use);
  answers_.set_limit(limits_.max_answers);
}

arrival channel_set::take_arrival() {
  arrival taken = std::move(*arrival_);
  arrival_.reset();
  return taken;
}

template <class Fit, class Rank>
channel* channel_set::first_of(Fit fit, Rank rank) {
  channel* first = nullptr;
  for (auto* c : open_)
    if (fit(*c) && (first == nullptr || rank(*c) < rank(*first)))
      first = c;
  return first;
}

// The reserve is never full: who has sent no request the longest makes room.
void channel_set::add(channel& c) {
  c.over_limit_ = !has_slot();
  open_.insert(&c);
  if (live() > limits_.max_connections + reserved_connections) {
    auto* oldest = first_of(
        [&](const channel& x) {
          const auto in = x.now_in();
          return &x != &c && (in == channel::phase::idle || in == channel::phase::head) && !x.has_unread();
        },
        [](const channel& x) { return x.waiting_since_; });
    if (oldest != nullptr)
      oldest->abort();
    else if (live() > limits_.max_connections + most_over_limit)
      c.abort();
  }
  if (!timer_runs_ && !c.closed_)
    run_timer();
}

bool channel_set::has_slot() const {
  const auto taken = std::ranges::count_if(open_, [](const channel* c) { return !c->closed_ && !c->over_limit_; });
  return static_cast<std::size_t>(taken) < limits_.max_connections;
}

std::optional<problem> channel_set::refusal_of(channel& from, const request& r, bool has_body) {
  if (!from.over_limit_ || has_slot()) {
    from.over_limit_ = false;
    return std::nullopt;
  }
  if (!is_use_(r) && !has_body)
    return std::nullopt;
  if (free_a_slot(from)) {
    from.over_limit_ = false;
    return std::nullopt;
  }
  problem p = make_problem(503, "too-many-connections", "Too many clients are connected",
                           "every connection that the service keeps is in use (MAX_CONNECTIONS); try again later");
  p.retry_after = std::chrono::seconds{1};
  return p;
}

bool channel_set::free_a_slot(const channel& for_whom) {
  const auto now = std::chrono::steady_clock::now();
  auto* idle = first_of([&](const channel& c) { return &c != &for_whom && !c.over_limit_ && !c.closed_ && c.idle(); },
                        [](const channel& c) { return c.waiting_since_; });
  if (idle != nullptr) {
    idle->abort();
    return true;
  }
  auto* slowest = first_of(
      [&](const channel& c) {
        const auto in = c.now_in();
        return &c != &for_whom && !c.over_limit_ && !c.has_unread() &&
               ((in == channel::phase::head && now - c.receiving_.begun() > head_grace) ||
                (in == channel::phase::body && is_slow(c.receiving_)));
      },
      [](const channel& c) {
        return std::tuple{c.receiving_.rate().value_or(0), c.receiving_.begun()};
      });
  if (slowest == nullptr)
    return false;
  slowest->cut("others need its slot");
  return true;
}

bool channel_set::free_body_room(const channel& for_whom) {
  auto* slowest = first_of(
      [&](const channel& c) {
        return &c != &for_whom && c.now_in() == channel::phase::body && c.reader_.has_large_body() && !c.has_unread() &&
               is_slow(c.receiving_);
      },
      [](const channel& c) {
        return std::tuple{c.receiving_.rate().value_or(0), c.receiving_.begun()};
      });
  if (slowest == nullptr)
    return false;
  slowest->cut("others need its room");
  return true;
}

std::shared_ptr<answer_budget::place> channel_set::place_for(const answer_budget::holding& held) {
  const auto now = std::chrono::steady_clock::now();
  while (!answers_.has_room_for(held)) {
    auto* laziest = first_of(
        [&](const channel& c) {
          return c.now_in() == channel::phase::writing && now - c.sending_.last() > take_grace &&
                 c.answer_size_ > answer_budget::small;
        },
        [](const channel& c) { return c.sending_.last(); });
    if (laziest == nullptr)
      return nullptr;
    log::warn("answer_dropped", {{"bytes", laziest->answer_size_}, {"sent", laziest->sending_.total()}});
    laziest->abort();
  }
  return std::make_shared<answer_budget::place>(answers_, held);
}

bool channel_set::idle() const {
  return std::ranges::all_of(open_, [](const channel* c) { return c->closed_ || c->idle(); });
}

void channel_set::close_quiet() {
  for (auto* c : std::vector<channel*>{open_.begin(), open_.end()})
    if (c->quiet() && !c->has_unread())
      c->abort();
}

void channel_set::close_all() {
  for (auto* c : std::vector<channel*>{open_.begin(), open_.end()})
    c->abort();
}

void channel_set::look_after_all() {
  std::vector<std::shared_ptr<channel>> all;
  all.reserve(open_.size());
  for (auto* c : open_)
    if (!c->closed_)
      all.push_back(c->shared_from_this());
  const auto now = std::chrono::steady_clock::now();
  for (const auto& c : all)
    c->look_after(now);
}

// The timer comes first: what throws for want of memory must not end it.
void channel_set::run_timer() {
  timer_runs_ = !open_.empty();
  if (!timer_runs_)
    return;
  timer_.expires_after(tick);
  timer_.async_wait([this](const std::error_code& error) {
    if (!error)
      run_timer();
  });
  look_after_all();
}

} // namespace glyphgate::http
