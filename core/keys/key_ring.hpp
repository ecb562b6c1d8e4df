#pragma once

#include "core/digest.hpp"
#include "core/ids.hpp"
#include "core/keys/caller.hpp"
#include "core/limits/spending_limits.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate {

/// Whether it can be a key's name: 1 to 64 characters of [A-Za-z0-9._-].
bool is_owner_name(std::string_view text);

/// The keys that the service knows, by their digests, and what their holders may use. Immutable once it is made.
///
/// It is read from text, a key a line: `NAME:SHA256`, then, after blanks and in any order, `admin` and limits as
/// limit_words.hpp has them. SHA256 is the digest of the key in hexadecimal. Empty lines do not count, nor does what
/// follows a '#'. A name may have several keys, so that one can be replaced without a gap: they share its limits, which
/// may stand in the line of any of them, but not with different values. `admin` is the key's own.
class key_ring {
public:
  /// No keys: the service asks nobody for one.
  key_ring() = default;

  /// Keys, one at least and `most_keys` at most; else what is wrong, in which line, and how to mend it. That text holds
  /// no key and no digest.
  static std::variant<key_ring, std::string> parse(std::string_view text);

  /// Who holds that key; none when nobody does. It takes as long for one as for the other, and for each key that there
  /// is: every digest is compared, in constant time.
  std::optional<caller> find(std::string_view token) const;

  bool empty() const { return keys_.empty(); }
  bool has_admin() const;
  std::size_t size() const { return keys_.size(); }

  /// What the holder of each name may use; a name without limits has empty ones.
  const std::map<owner_name, spending_limits>& limits() const { return limits_; }

  static constexpr std::size_t most_keys = 1000;

private:
  struct key {
    digest of;
    caller holder;
    /// Where it stands, from 1.
    std::size_t line = 0;
  };

  /// What is wrong, as in `parse`, but without the place.
  std::optional<std::string> add_line(std::string_view line, std::size_t number);

  std::vector<key> keys_;
  std::map<owner_name, spending_limits> limits_;
};

} // namespace glyphgate
