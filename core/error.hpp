#pragma once

#include <cstdint>
#include <string_view>

namespace glyphgate {

/// Every way in which an operation of the service can be refused or fail, independent of any protocol. `http/` turns a
/// code into a status in one switch. A refusal that carries data (how long to wait, which picture) is a value of its
/// own that holds one of these.
enum class ec : std::uint8_t {
  /// No error. Never sent as an error.
  none = 0,
  /// The picture's bytes are damaged or not a picture. Trying again does not help.
  invalid_picture,
  /// The bytes are of no supported picture format. Trying again does not help.
  unsupported_format,
  /// The picture exceeds a limit of pixels, height or bytes. Trying again does not help.
  picture_too_large,
  /// A language hint that the engine cannot serve. Trying again does not help.
  unsupported_language,
  /// The job needs more calls than a whole day's limit. Trying again does not help: split the job.
  job_too_large,
  /// A rolling window is full. Trying again after the told time helps.
  rate_limited,
  /// The circuit breaker is open. Trying again after the told time helps.
  breaker_open,
  /// The queue of waiting calls is full. Trying again later helps.
  queue_full,
  /// The durable store cannot take new work. Trying again later helps.
  store_unavailable,
  /// Whoever runs the service has stopped the calls to the engine. Trying again helps once they are resumed.
  calls_stopped,
  /// The store works, but its volume has no room for a new job. Trying again helps when jobs have ended or expired.
  store_full,
  /// The client gave another request the same key. Trying again helps with a key of its own.
  idempotency_key_reused,
  /// A request with the same key is under way. Trying again helps when that one is answered.
  idempotency_key_in_use,
  /// The service is stopping. Trying again helps once it runs again.
  shutting_down,
  /// No job of that id is kept: never accepted, expired or forgotten. Trying again does not help.
  job_not_found,
  /// The job has been cancelled. Trying again does not help.
  cancelled,
  /// The call waited longer than the job's age limit. Trying again helps when the load or the outage is over.
  expired_in_queue,
  /// The engine could not be reached, failed, throttled or timed out; counts for the breaker. Trying again may help.
  engine_unavailable,
  /// The engine refused this very request; does not count for the breaker. Trying again does not help.
  request_rejected,
  /// The engine refuses the account: no permission, no billing, the API not enabled. Counts for the breaker. Trying
  /// again
  /// does not help until the operator has acted on the message.
  account_refused,
  /// A part of the service did not answer in time. What was asked for may or may not have taken effect, or may do so
  /// later. Asking again is safe, and shows the outcome.
  no_answer,
  /// A defect of the service itself. Trying again may help; report it.
  internal,
};

/// The code's name in snake_case, e.g. "rate_limited": used in logs and in problem types.
std::string_view to_string(ec code);

} // namespace glyphgate
