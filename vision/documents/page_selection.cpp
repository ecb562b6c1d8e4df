#include "vision/documents/page_selection.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

constexpr std::string_view mend = "; write pages and runs of pages between commas, such as 1-3,7";

std::optional<std::uint32_t> page_in(std::string_view text) {
  std::uint32_t page = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, page);
  if (error != std::errc{} || stopped_at != end || text.starts_with('0'))
    return std::nullopt;
  return page;
}

std::optional<page_run> run_in(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = page_in(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : page_in(text.substr(dash + 1));
  if (!first || !last)
    return std::nullopt;
  return page_run{*first, *last};
}

/// A part of the text, as it can be shown.
std::string shown(std::string_view part) {
  constexpr std::size_t longest = 30;
  const bool is_plain = std::ranges::all_of(part, [](char c) { return c >= ' ' && c <= '~' && c != '"'; });
  if (!is_plain || part.size() > longest)
    return "a part of " + std::to_string(part.size()) + " bytes";
  return '"' + std::string{part} + '"';
}

} // namespace

page_selection::page_selection(std::vector<page_run> runs) {
  std::ranges::sort(runs, {}, &page_run::first);
  for (const auto& run : runs)
    if (!runs_.empty() && runs_.back().last + 1 == run.first)
      runs_.back().last = run.last;
    else
      runs_.push_back(run);
}

std::uint64_t page_selection::count(std::uint32_t pages) const {
  if (is_all())
    return pages;
  std::uint64_t sum = 0;
  for (const auto& run : runs_)
    if (run.first <= pages)
      sum += std::uint64_t{std::min(run.last, pages)} - run.first + 1;
  return sum;
}

bool page_selection::has(std::uint32_t page) const {
  return is_all() ||
         std::ranges::any_of(runs_, [page](const page_run& run) { return run.first <= page && page <= run.last; });
}

std::variant<page_selection, std::string> read_page_selection(std::string_view text) {
  std::vector<page_run> runs;
  for (auto rest = text;;) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    if (part.empty())
      return "it names no page" + std::string{text.empty() ? "" : " between two commas, or at an end"} +
             std::string{mend};
    const auto run = run_in(part);
    if (!run)
      return shown(part) + " is neither a page nor a run of pages, which are counted from 1" + std::string{mend};
    if (run->first > run->last)
      return shown(part) + " ends before it begins" + std::string{mend};
    if (runs.size() == max_page_runs)
      return "it has more than " + std::to_string(max_page_runs) + " parts; name runs of pages, such as 1-500";
    runs.push_back(*run);
    if (comma == std::string_view::npos)
      break;
    rest.remove_prefix(comma + 1);
  }
  auto sorted = runs;
  std::ranges::sort(sorted, {}, &page_run::first);
  const auto twice = std::ranges::adjacent_find(
      sorted, [](const page_run& one, const page_run& next) { return one.last >= next.first; });
  if (twice != sorted.end())
    return "page " + std::to_string(std::next(twice)->first) + " is named twice; name each page once";
  return page_selection{std::move(runs)};
}

} // namespace glyphgate::vision
