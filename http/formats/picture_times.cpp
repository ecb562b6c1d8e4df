#include "http/formats/picture_times.hpp"

#include <algorithm>
#include <cstdint>

namespace glyphgate::http {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_digits = 9;
constexpr milliseconds longest = std::chrono::hours{1000};

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

// Takes digits off the front; none where there are none, or too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  const auto size = static_cast<std::size_t>(std::ranges::find_if_not(text, is_decimal) - text.begin());
  if (size == 0 || size > most_digits)
    return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text.substr(0, size))
    number = number * 10 + (c - '0');
  text.remove_prefix(size);
  return number;
}

// The rest of a time behind its last number: nothing, or a point and digits.
std::optional<std::int64_t> read_fraction(std::string_view text) {
  if (text.empty())
    return 0;
  if ((text[0] != '.' && text[0] != ',') || text.size() == 1 || !std::ranges::all_of(text.substr(1), is_decimal))
    return std::nullopt;
  std::int64_t thousandths = 0;
  for (std::size_t i = 1; i <= 3; ++i)
    thousandths = thousandths * 10 + (i < text.size() ? text[i] - '0' : 0);
  return thousandths;
}

// Numbers between colons, the last of which are seconds.
std::optional<milliseconds> parse_clock(std::string_view text) {
  std::int64_t seconds = 0;
  for (int part = 0; part < 3; ++part) {
    const auto number = take_number(text);
    if (!number || (part > 0 && *number >= 60))
      return std::nullopt;
    seconds = seconds * 60 + *number;
    if (!text.starts_with(':')) {
      const auto thousandths = read_fraction(text);
      return thousandths ? std::optional{milliseconds{seconds * 1000 + *thousandths}} : std::nullopt;
    }
    text.remove_prefix(1);
  }
  return std::nullopt;
}

struct time_unit {
  std::string_view name;
  std::int64_t thousandths;
};
// Each before those that are smaller; "ms" before "m", which it begins with.
constexpr time_unit units[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

std::optional<milliseconds> parse_units(std::string_view text) {
  std::int64_t sum = 0;
  for (const auto* next = std::begin(units); !text.empty();) {
    const auto number = take_number(text);
    if (!number)
      return std::nullopt;
    const auto letters = text.substr(0, text.find_first_of("0123456789"));
    const auto* unit = std::find_if(next, std::end(units), [&](const time_unit& u) { return u.name == letters; });
    if (unit == std::end(units))
      return std::nullopt;
    sum += *number * unit->thousandths;
    next = unit + 1;
    text.remove_prefix(letters.size());
  }
  return milliseconds{sum};
}

bool has_units(std::string_view text) {
  return text.ends_with('s') || text.ends_with('m') || text.ends_with('h');
}

std::string_view without_extension(std::string_view id) {
  const auto point = id.rfind('.');
  if (point == std::string_view::npos)
    return id;
  const auto extension = id.substr(point + 1);
  const bool is_extension = !extension.empty() && extension.size() <= 5 && !is_decimal(extension[0]);
  return is_extension ? id.substr(0, point) : id;
}

} // namespace

std::optional<milliseconds> parse_time(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  const auto time = has_units(text) ? parse_units(text) : parse_clock(text);
  return time && *time < longest ? time : std::nullopt;
}

std::optional<milliseconds> time_in_id(std::string_view id) {
  const auto name = without_extension(id);
  if (const auto at = name.rfind('@'); at != std::string_view::npos)
    return parse_time(name.substr(at + 1));
  const auto dash = name.find_last_of("_-");
  const auto last = name.substr(dash == std::string_view::npos ? 0 : dash + 1);
  return has_units(last) ? parse_time(last) : std::nullopt;
}

std::variant<picture_times, std::string> times_of(const job_extract& job, const std::vector<std::string_view>& given) {
  const auto all = job.result->pictures.size();
  if (!given.empty() && given.size() != all)
    return "the number of times, " + std::to_string(given.size()) + ", is not that of the images, " +
           std::to_string(all);
  picture_times times;
  for (std::size_t i = 0; i < job.pages(); ++i) {
    const auto& id = job.picture(i).id;
    const auto time = given.empty() ? time_in_id(id) : parse_time(given[job.only.value_or(0) + i]);
    if (!time && given.empty())
      return "the id \"" + id +
             "\" does not end with a time, as film@00:01:02.345 and frame_00h01m02s345ms.png do; or "
             "give a time for each image in ?timestamps=";
    if (!time)
      return "\"" + std::string{given[job.only.value_or(0) + i]} + "\" is no time such as 00:01:02.345 or 62.345";
    if (!times.empty() && *time <= times.back())
      return "the time of \"" + id + "\" is not after that of the image before it";
    times.push_back(*time);
  }
  return times;
}

} // namespace glyphgate::http
