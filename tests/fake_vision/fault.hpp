#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::fake {

/// What the fake's requests are for.
enum class request_kind : std::uint8_t { annotate, token, metadata, other };

std::string_view to_string(request_kind kind);

/// Where a connection is broken off.
enum class breakage : std::uint8_t {
  none,
  /// Reset after the request's head, before its body is read.
  reset_in_request,
  /// Reset instead of an answer.
  reset_before_answer,
  /// Reset in the middle of the answer's body.
  reset_in_answer,
  /// Closed in the middle of the answer's body.
  cut_answer,
};

/// Something that goes wrong with a request. What is not set goes as always.
struct fault {
  request_kind of = request_kind::annotate;
  /// How many requests it strikes, one after another; 0 all of them, until the faults are cleared.
  std::uint32_t times = 1;
  /// Strikes only requests whose picture has a spot of this colour (red, green, blue): a poisonous picture.
  std::optional<std::array<std::uint8_t, 3>> if_colour{};
  /// Before the answer.
  std::chrono::milliseconds delay{0};
  /// No answer ever.
  bool stall = false;
  breakage breaks = breakage::none;
  /// Between every 64 bytes of the answer.
  std::chrono::milliseconds drip{0};
  /// An HTTP status with Google's error body.
  int status = 0;
  /// "{credentials}" in it, as in `body`, stands for the request's own.
  std::string message = "A planned fault.";
  /// The reason in the error's details, e.g. "SERVICE_DISABLED".
  std::string reason{};
  /// The header Retry-After.
  std::string retry_after{};
  /// The answer's body, whatever it would be.
  std::optional<std::string> body{};
  /// The true answer's first half, whole as far as HTTP goes.
  bool malformed = false;
  /// A google.rpc.Code: the picture fails within a 200.
  int image_code = 0;
};

/// Answers that quote the request's credentials, one for every kind of failure that a picture's request can have.
std::vector<fault> echoes_of_credentials();

/// Reads faults from JSON, one object or an array, its members named as above, times in milliseconds
/// ("delay_ms", "drip_ms"), e.g. {"status":503,"times":2}; or tells what is wrong.
std::variant<std::vector<fault>, std::string> parse_faults(std::string_view json);

} // namespace glyphgate::fake
