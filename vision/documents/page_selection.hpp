#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision {

/// Pages that follow each other, counted from 1; `first` ≤ `last`.
struct page_run {
  std::uint32_t first = 1;
  std::uint32_t last = 1;
  friend bool operator==(const page_run&, const page_run&) = default;
};

/// Which pages of a file are meant. Usable from any thread.
class page_selection {
public:
  /// All of them.
  page_selection() = default;

  /// `runs` in any order; none shares a page with another.
  explicit page_selection(std::vector<page_run> runs);

  /// Whether all pages are meant, however many there are.
  bool is_all() const { return runs_.empty(); }

  /// In ascending order; those that adjoin are one.
  const std::vector<page_run>& runs() const { return runs_; }

  /// How many pages of a file that has so many are meant.
  std::uint64_t count(std::uint32_t pages) const;

  /// The last page that is named; 0 where all are meant.
  std::uint32_t highest() const { return runs_.empty() ? 0 : runs_.back().last; }

  /// Whether that page, from 1, is meant.
  bool has(std::uint32_t page) const;

  friend bool operator==(const page_selection&, const page_selection&) = default;

private:
  std::vector<page_run> runs_;
};

/// No selection may have more runs.
constexpr std::size_t max_page_runs = 1000;

/// Reads pages and runs of pages between commas, such as "1-3,7": decimal numbers from 1 to 4294967295, without signs,
/// spaces or leading zeros, in any order, none named twice. What is wrong, for the client to read, where it is anything
/// else.
std::variant<page_selection, std::string> read_page_selection(std::string_view text);

} // namespace glyphgate::vision
