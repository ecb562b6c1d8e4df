#include "app/front_door.hpp"

#include "core/log.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace glyphgate {

namespace {

// Room for all keys with all their limits.
constexpr std::size_t most_bytes = std::size_t{1} << 20U;

// The second alternative: why the file was not read.
std::variant<std::string, std::string> refused_file(const std::string& why) {
  return std::variant<std::string, std::string>{std::in_place_index<1>, why};
}

std::variant<std::string, std::string> read_file(const std::string& path) {
  // Opening a pipe may block until somebody writes to it.
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return refused_file("it is no regular file");
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return refused_file(std::strerror(errno));
  std::string text(most_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof()))
    return refused_file("it cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > most_bytes)
    return refused_file(fmt::format("it holds more than {} bytes, which no list of keys does", most_bytes));
  return std::variant<std::string, std::string>{std::in_place_index<0>, std::move(text)};
}

std::variant<key_ring, std::string> parse(std::string_view source, std::string_view text) {
  auto ring = key_ring::parse(text);
  if (const auto* wrong = std::get_if<std::string>(&ring))
    return fmt::format("{}: {}", source, *wrong);
  return ring;
}

constexpr std::string_view how_to_make_a_key =
    "make a key with `glyphgate key new NAME` and put the line that it prints into a file that API_KEYS_FILE names, or "
    "into API_KEYS";

} // namespace

bool is_loopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return ntohl(v4.s_addr) >> 24U == 127;
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  return host == "localhost";
}

std::variant<key_ring, std::string> load_keys(const keys_config& settings) {
  if (!settings.list.empty()) {
    std::string text{settings.list.reveal()};
    std::replace(text.begin(), text.end(), ';', '\n');
    return parse("API_KEYS", text);
  }
  if (settings.file.empty())
    return key_ring{};
  const auto source = "API_KEYS_FILE " + settings.file;
  const auto text = read_file(settings.file);
  if (text.index() == 1)
    return fmt::format("{}: {}", source, std::get<1>(text));
  return parse(source, std::get<0>(text));
}

std::variant<std::shared_ptr<live_keys>, std::string> open_front_door(const config& settings, std::string_view engine) {
  auto loaded = load_keys(settings.keys);
  if (auto* wrong = std::get_if<std::string>(&loaded))
    return std::move(*wrong);
  auto ring = std::make_shared<const key_ring>(std::get<key_ring>(std::move(loaded)));
  const bool open = ring->empty() && !is_loopback(settings.http.host);
  if (open && engine == "google" && !settings.keys.allow_anonymous)
    return fmt::format(
        "HOST={} can be reached from other machines, Google is paid for every call, and there are no API "
        "keys, so whoever reaches the service could spend the money; {}. Or set ALLOW_ANONYMOUS=1 where "
        "something in front of the service knows its clients",
        settings.http.host, how_to_make_a_key);
  if (!settings.budget.token.empty() && !ring->has_admin())
    log::warn("budget_alerts_without_admin",
              {{"danger", "a budget alert stops the calls, and no key may have them go on"},
               {"remedy", "make an admin's key with `glyphgate key new NAME admin`, as docs/keys.md has it"}});
  if (open)
    log::warn("no_api_keys", {{"host", settings.http.host},
                              {"danger", "whoever reaches this address can read, post and delete every job"},
                              {"remedy", how_to_make_a_key}});
  if (!ring->empty())
    log::info("api_keys", {{"keys", ring->size()}, {"names", ring->limits().size()}});
  return std::make_shared<live_keys>(std::move(ring));
}

void reload_keys(live_keys& keys, const keys_config& settings) {
  const auto keep = [&](std::string_view reason) {
    log::error("api_keys_not_reloaded", {{"reason", reason}, {"kept", keys.get()->size()}});
  };
  if (settings.file.empty())
    return keep("they came with API_KEYS, which a running process cannot read again; use API_KEYS_FILE, or start the "
                "service anew");
  try {
    auto loaded = load_keys(settings);
    if (const auto* wrong = std::get_if<std::string>(&loaded))
      return keep(*wrong);
    const auto ring = std::make_shared<const key_ring>(std::get<key_ring>(std::move(loaded)));
    keys.replace(ring);
    log::info("api_keys_reloaded", {{"keys", ring->size()}, {"names", ring->limits().size()}});
  } catch (const std::exception& failure) {
    keep(failure.what());
  }
}

} // namespace glyphgate
