#pragma once

#include "core/config.hpp"
#include "core/keys/live_keys.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

/// Who may come in: the API keys, and what the service asks of them before it starts.
namespace glyphgate {

/// Whether only this machine can reach that address, which may be "localhost".
bool is_loopback(const std::string& host);

/// The keys of these settings; without any, a ring that is empty. Else why they cannot be used, for the operator to
/// read: it names the setting, the line and how to mend it, and shows no key.
std::variant<key_ring, std::string> load_keys(const keys_config& settings);

/// As `load_keys`, when the service starts with that engine. Refuses also to put an engine that is paid before other
/// machines without keys, unless the settings say so, and warns in the log where others can come in without keys.
std::variant<std::shared_ptr<live_keys>, std::string> open_front_door(const config& settings, std::string_view engine);

/// Reads the keys' file again and puts its keys in force. When anything is wrong with it, those that are in force stay.
/// The log tells the outcome. Throws nothing that
/// derives from std::exception. One call at a time.
void reload_keys(live_keys& keys, const keys_config& settings);

} // namespace glyphgate
