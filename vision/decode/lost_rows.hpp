#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// Which rows of a damaged picture are lost, and what else is wrong with it. Rows count from the top of the picture as
/// stored.
class lost_rows {
public:
  /// Of a picture of so many rows: nothing is lost.
  explicit lost_rows(std::uint32_t height = 0) : lost_(height) {}

  /// The rows from `first` up to, not including, `end`, which may be beyond the last one.
  void lose(std::uint64_t first, std::uint64_t end);
  /// Other rows may be wrong too, and nobody can tell which.
  void doubt() { doubtful_ = true; }
  /// Every row is there, but not in its full quality.
  void lose_detail() { coarse_ = true; }

  bool holds(std::uint32_t row) const { return lost_[row]; }
  /// Whether it is more than a quarter of the picture: too much to take the rest for the picture.
  bool too_many() const { return 4 * std::uint64_t{count_} > lost_.size(); }

  /// For the client to read after "the … is damaged: " and the like, e.g. "its last 12 of 480 rows are missing"; empty
  /// where nothing is wrong.
  std::string text() const;

private:
  std::vector<bool> lost_;
  std::uint32_t count_ = 0;
  bool doubtful_ = false, coarse_ = false;
};

} // namespace glyphgate::vision
