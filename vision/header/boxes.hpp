#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glyphgate::vision::header {

/// A box of the ISO base media file format (ISO/IEC 14496-12, 4.2), which JP2 uses too.
struct box {
  /// Four characters.
  std::string_view type;
  /// What stands between its header and its end.
  std::string_view content;
};

/// Passes the boxes that follow each other in `bytes`, at most `max_header_parts`.
class boxes {
public:
  explicit boxes(std::string_view bytes) : bytes_{bytes} {}

  /// The next box. Nothing at the end, and where `is_cut`, `is_damaged` or `are_too_many` tell why.
  std::optional<box> next();

  /// A box reaches beyond the end. `cut_type` is its type, empty where the end comes before.
  bool is_cut() const { return state_ == state::cut; }
  std::string_view cut_type() const { return cut_type_; }
  /// A box tells a size that is smaller than its header.
  bool is_damaged() const { return state_ == state::damaged; }
  bool are_too_many() const { return state_ == state::too_many; }

private:
  enum class state : std::uint8_t { sound, cut, damaged, too_many };

  std::optional<box> stop(state why) {
    state_ = why;
    return std::nullopt;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  int passed_ = 0;
  state state_ = state::sound;
  std::string_view cut_type_;
};

/// The content of the first box of that type in `bytes`.
std::optional<std::string_view> find_box(std::string_view bytes, std::string_view type);

} // namespace glyphgate::vision::header
