#pragma once

#include "http/formats/renderer.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// At which time of a film a picture was taken. Pure.
namespace glyphgate::http {

/// A time as clients write it: `1:02:03.5`, `02:03.5`, `123.5` (seconds), `123500ms`, `1h02m03s500ms`. A comma may
/// stand for the point. None where it is no time, or above 999 hours. Digits below a millisecond are left out.
std::optional<std::chrono::milliseconds> parse_time(std::string_view text);

/// The time that a picture's id ends with, after an `@`, or where it has units after a `_` or `-`; a file's extension
/// may follow: `film@00:01:02.345.png`, `frame_00h01m02s345ms.jpg`, `a-62345ms`. None where it ends with none.
std::optional<std::chrono::milliseconds> time_in_id(std::string_view id);

/// One a picture, in their order.
using picture_times = std::vector<std::chrono::milliseconds>;

/// The times of the extract's pictures: `given`, one a picture of the whole job, or where none are given those in their
/// ids. Else what is wrong with them, for the client to read: one is missing or is none, there are too many or too few,
/// or one is not after the one before.
std::variant<picture_times, std::string> times_of(const job_extract& job, const std::vector<std::string_view>& given);

} // namespace glyphgate::http
