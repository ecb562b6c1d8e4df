#include "vision/ppocr/model_files.hpp"

#include "core/digest.hpp"

#include <cstddef>

namespace glyphgate::vision {

namespace {

constexpr std::size_t digest_length = 64;
constexpr std::string_view advice = "; run script/setup to get the model's files anew";

/// The digest of a name; empty where it is not named.
std::string_view digest_of(std::string_view name, std::string_view sums) {
  while (!sums.empty()) {
    const auto end = sums.find('\n');
    const auto line = sums.substr(0, end);
    // A blank, and a blank or an asterisk, stand between the two.
    if (line.size() == digest_length + 2 + name.size() && line.ends_with(name) && line[digest_length] == ' ')
      return line.substr(0, digest_length);
    sums.remove_prefix(end == std::string_view::npos ? sums.size() : end + 1);
  }
  return {};
}

} // namespace

std::variant<held_bytes, std::string> checked_model(const mapped_model_source& models, std::string_view name,
                                                    std::string_view sums) {
  const auto wanted = digest_of(name, sums);
  if (wanted.empty())
    return "SHA256SUMS does not name " + std::string{name} + std::string{advice};
  auto bytes = models(name);
  if (!bytes)
    return std::string{name} + " is not there" + std::string{advice};
  if (to_hex(sha256(bytes->view)) != wanted)
    return std::string{name} + " is damaged or of another version: SHA256SUMS says " + std::string{wanted} +
           std::string{advice};
  return *std::move(bytes);
}

} // namespace glyphgate::vision
