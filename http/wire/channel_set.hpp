#pragma once

#include "http/wire/answer_budget.hpp"
#include "http/wire/channel.hpp"
#include "http/wire/pace.hpp"
#include "http/wire/problem.hpp"
#include "http/wire/request.hpp"
#include "http/wire/request_reader.hpp"

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

namespace glyphgate::http {

struct channel_limits {
  reader_limits reader;
  std::size_t max_connections = 0;
  /// How long a client may be silent: between requests, within one, and while it takes an answer.
  std::chrono::steady_clock::duration read_timeout{};
  std::chrono::steady_clock::duration write_timeout{};
  /// Bytes a second that a client must send of a body and take of an answer; 0 sets no rate.
  std::uint64_t least_rate = 0;
  /// Bytes of answers that may wait for their clients.
  std::uint64_t max_answers = 0;
};

/// All connections of one server, and what they share: slots, room for bodies, room for answers. Under pressure the
/// slowest client makes room. A service of its I/O context, so that a connection finds it; used on the I/O thread only.
class channel_set : public asio::execution_context::service {
public:
  using key_type = channel_set;
  inline static asio::execution_context::id id;

  /// Connections above the limit that are there for monitors, and to tell others that the service is full.
  static constexpr std::size_t reserved_connections = 32;
  /// Connections above the limit, those included that are answered just now. More are closed at once.
  static constexpr std::size_t most_over_limit = 128;
  /// Connections that only wait for their client to read the last answer.
  static constexpr std::size_t max_lingering = 64;

  explicit channel_set(asio::execution_context& context);

  /// To be called before the first connection. `is_use` says which requests the reserve is not for.
  void configure(channel_limits limits, std::function<bool(const request&)> is_use);

  /// The request that a connection is just delivering.
  arrival take_arrival();

  /// Connections that still exist, those that are closing included.
  std::size_t size() const { return open_.size(); }

  /// Whether every connection only waits for a request, or is closing.
  bool idle() const;

  /// Closes the connections on which no answer is owed and nothing has arrived unread; or all of them.
  void close_quiet();
  void close_all();

  /// A place for the answer beside those that wait already; null when there is none. Clients that take nothing lose
  /// their connections for it.
  std::shared_ptr<answer_budget::place> place_for(const answer_budget::holding& held);

private:
  friend class channel;

  void shutdown() override {}
  std::size_t live() const { return open_.size() - closing_; }
  /// Whether a connection more is within the limit.
  bool has_slot() const;
  void add(channel& c);
  /// Why the request is not taken in, or none.
  std::optional<problem> refusal_of(channel& from, const request& r, bool has_body);
  /// Ends somebody's connection for another one's sake. False when nobody's should.
  bool free_a_slot(const channel& for_whom);
  /// Gives up the slowest of the large bodies that come slowly. False when there is none.
  bool free_body_room(const channel& for_whom);
  /// The one that comes first in that order among those that are fit for it; or null.
  template <class Fit, class Rank>
  channel* first_of(Fit fit, Rank rank);
  void look_after_all();
  /// As long as there are connections.
  void run_timer();

  channel_limits limits_;
  std::function<bool(const request&)> is_use_;
  answer_budget answers_;
  asio::steady_timer timer_;
  bool timer_runs_ = false;
  std::unordered_set<channel*> open_;
  std::size_t closing_ = 0;
  std::size_t lingering_ = 0;
  std::optional<arrival> arrival_;
  std::array<char, 64 * 1024> scratch_;
};

} // namespace glyphgate::http
