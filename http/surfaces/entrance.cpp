#include "http/surfaces/entrance.hpp"

#include "core/keys/api_key.hpp"
#include "http/wire/shown_key.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

// A stranger's body would take memory from those who are known.
bool announces_body(const request& r) {
  const auto length = r.header("content-length");
  return (!length.empty() && length != "0") || !r.header("transfer-encoding").empty();
}

problem key_required(bool key_in_query) {
  problem p = make_problem(401, "api-key-required", "An API key is needed",
                           std::string{"send it as \"Authorization: Bearer KEY\", \"X-API-Key: KEY\" or "
                                       "\"x-goog-api-key: KEY\""} +
                               (key_in_query ? ", or as ?key=KEY" : ""));
  p.challenge = R"(Bearer realm="glyphgate")";
  return p;
}

problem key_invalid(std::string_view key) {
  problem p =
      make_problem(401, "api-key-invalid", "The API key is not valid",
                   is_api_key(key) ? "nobody has that key here, or it was withdrawn; ask whoever runs the service "
                                     "for one"
                                   : "what was sent has not the form of a key, which is gg_ and 28 letters and "
                                     "digits: it was mistyped, cut off, or is meant for another service");
  p.challenge = R"(Bearer realm="glyphgate", error="invalid_token")";
  return p;
}

} // namespace

admittance entrance::admit(const request& r, access to, bool key_in_query) const {
  const auto ring = keys_->get();
  if (ring->empty())
    return visitor{{}, true};
  if (to == access::everybody_with_body)
    return visitor{};
  const bool strangers_may = to != access::with_key && !announces_body(r);
  if (to == access::everybody && strangers_may)
    return visitor{};
  auto key = shown_key(r, key_in_query);
  if (auto* why = std::get_if<problem>(&key))
    return std::move(*why);
  const auto& token = std::get<std::string>(key);
  if (token.empty())
    return strangers_may ? admittance{visitor{}} : key_required(key_in_query);
  if (auto who = ring->find(token))
    return visitor{*std::move(who), true};
  return key_invalid(token);
}

} // namespace glyphgate::http
