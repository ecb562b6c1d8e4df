#include "core/keys/key_ring.hpp"

#include "core/keys/api_key.hpp"
#include "core/keys/limit_words.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace glyphgate {

namespace {

constexpr std::string_view blanks = " \t\r";

// Removes the first word from `text` and returns it; returns nothing when no word is left.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const auto word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::uint8_t> nibble(char c) {
  if (c >= '0' && c <= '9')
    return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F')
    return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<digest> digest_of_hex(std::string_view hex) {
  digest d;
  if (hex.size() != 2 * d.bytes.size())
    return std::nullopt;
  for (std::size_t i = 0; i < d.bytes.size(); ++i) {
    const auto high = nibble(hex[2 * i]);
    const auto low = nibble(hex[2 * i + 1]);
    if (!high || !low)
      return std::nullopt;
    d.bytes[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return d;
}

} // namespace

bool is_owner_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::variant<key_ring, std::string> key_ring::parse(std::string_view text) {
  key_ring ring;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (auto wrong = ring.add_line(line.substr(0, line.find('#')), number))
      return "line " + std::to_string(number) + ": " + *std::move(wrong);
  }
  if (ring.empty())
    return "there is no key in it; `glyphgate key new NAME` makes one and prints the line for it";
  return ring;
}

std::optional<std::string> key_ring::add_line(std::string_view line, std::size_t number) {
  const auto first = take_word(line);
  if (first.empty())
    return std::nullopt;
  const auto colon = first.find(':');
  const owner_name name{first.substr(0, colon)};
  const auto stored = colon == std::string_view::npos ? std::string_view{} : first.substr(colon + 1);
  if (is_api_key(name) || is_api_key(stored))
    return "this is a key itself; store NAME:SHA256, its digest, as `glyphgate key new NAME` prints it, and make a new "
           "key, as this one has been seen";
  if (colon == std::string_view::npos)
    return "there is no ':' in its first word; a line begins with NAME:SHA256";
  if (!is_owner_name(name))
    return "the name before the ':' must be 1 to 64 letters, digits, '.', '_' or '-'";
  const auto of = digest_of_hex(stored);
  if (!of)
    return "what follows \"" + name +
           ":\" is no SHA-256 digest; it must be 64 hexadecimal digits, directly behind the "
           "':'";
  const auto twin = std::find_if(keys_.begin(), keys_.end(), [&](const key& k) { return k.of == *of; });
  if (twin != keys_.end())
    return "this is the key of line " + std::to_string(twin->line) + " again; leave one of the two lines out";
  if (keys_.size() == most_keys)
    return "there are more than " + std::to_string(most_keys) + " keys; take out those that are not used";

  caller holder{name, false};
  spending_limits limits;
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    if (word == "admin")
      holder.admin = true;
    else if (auto wrong = apply_limit_word(limits, word))
      return wrong;
  }
  if (const auto limit = merge_limits(limits_[name], limits))
    return "\"" + *limit + "\" of " + name +
           " has another value in a line above; a name has one limit for all its "
           "keys: give both the same, or leave one out";
  keys_.push_back({*of, std::move(holder), number});
  return std::nullopt;
}

bool key_ring::has_admin() const {
  return std::ranges::any_of(keys_, [](const key& k) { return k.holder.admin; });
}

std::optional<caller> key_ring::find(std::string_view token) const {
  if (!is_api_key(token))
    return std::nullopt;
  const auto shown = sha256(token);
  const key* holder = nullptr;
  for (const auto& k : keys_)
    if (CRYPTO_memcmp(k.of.bytes.data(), shown.bytes.data(), shown.bytes.size()) == 0)
      holder = &k;
  if (holder == nullptr)
    return std::nullopt;
  auto found = holder->holder;
  found.pages_per_job = limits_.at(found.name).pages_per_job;
  return found;
}

} // namespace glyphgate
