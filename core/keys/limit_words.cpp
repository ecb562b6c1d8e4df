#include "core/keys/limit_words.hpp"

#include <algorithm>
#include <charconv>

namespace glyphgate {

namespace {

constexpr std::uint32_t most_count = 10'000'000;
constexpr micro_dollars dollar = 1'000'000;
constexpr micro_dollars most_budget = 1'000'000 * dollar;

template <class Number>
bool read_digits(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<std::uint32_t> count_of(std::string_view text) {
  std::uint32_t value = 0;
  if (!read_digits(text, value) || value == 0 || value > most_count)
    return std::nullopt;
  return value;
}

std::optional<micro_dollars> money_of(std::string_view text) {
  const auto value = micro_dollars_in(text);
  return value && *value > 0 && *value <= most_budget ? value : std::nullopt;
}

// Whether it can be shown: no key and no digest looks like this.
bool looks_like_a_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

std::string known_words() {
  return "the limits are jobs-per-W, calls-per-W and budget-per-W with minute, hour, day or month for W, "
         "pages-per-job and calls-per-job, each as NAME=VALUE";
}

// Sets the field; what the value must be where it is not.
std::optional<std::string> assign(const limit_field& field, std::string_view text) {
  if (auto* const* money = std::get_if<std::optional<micro_dollars>*>(&field)) {
    if (const auto value = money_of(text)) {
      **money = value;
      return std::nullopt;
    }
    return "must be US dollars such as 5.00, above 0, at most 1000000, with 6 decimals at most";
  }
  if (const auto value = count_of(text)) {
    *std::get<std::optional<std::uint32_t>*>(field) = value;
    return std::nullopt;
  }
  return "must be 1 to " + std::to_string(most_count);
}

bool is_set(const limit_field& field) {
  return std::visit([](const auto* f) { return f->has_value(); }, field);
}

} // namespace

std::vector<std::pair<std::string, limit_field>> limit_fields(spending_limits& limits) {
  std::vector<std::pair<std::string, limit_field>> fields;
  for (const auto w : all_windows) {
    const std::string per = "-per-" + std::string{to_string(w)};
    auto& window = limits.in(w);
    fields.emplace_back("jobs" + per, &window.jobs);
    fields.emplace_back("calls" + per, &window.calls);
    fields.emplace_back("budget" + per, &window.budget);
  }
  fields.emplace_back("pages-per-job", &limits.pages_per_job);
  fields.emplace_back("calls-per-job", &limits.calls_per_job);
  return fields;
}

std::optional<std::string> apply_limit_word(spending_limits& limits, std::string_view word) {
  const auto name = word.substr(0, word.find('='));
  const auto shown = looks_like_a_name(name) ? std::string{'"'}.append(name).append("\"") : std::string{"a word"};
  const auto fields = limit_fields(limits);
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == name; });
  if (found == fields.end())
    return shown + " is no limit; " + known_words();
  if (name.size() == word.size())
    return shown + " has no value; write " + found->first + "=VALUE";
  if (is_set(found->second))
    return shown + " is there twice; leave one of them out";
  if (const auto must_be = assign(found->second, word.substr(name.size() + 1)))
    return shown + " " + *must_be + "; for no limit, leave it out";
  return std::nullopt;
}

std::optional<std::string> merge_limits(spending_limits& to, spending_limits from) {
  const auto theirs = limit_fields(to);
  const auto ours = limit_fields(from);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const bool agree = std::visit(
        [&]<class Field>(Field* field) {
          auto& mine = *std::get<Field*>(theirs[i].second);
          if (*field && mine && mine != *field)
            return false;
          if (*field)
            mine = *field;
          return true;
        },
        ours[i].second);
    if (!agree)
      return ours[i].first;
  }
  return std::nullopt;
}

} // namespace glyphgate
