#include "app/key_command.hpp"

#include "app/front_door.hpp"
#include "core/digest.hpp"
#include "core/keys/api_key.hpp"
#include "core/keys/limit_words.hpp"

#include <fmt/format.h>

#include <string>

namespace glyphgate {

namespace {

constexpr int exit_usage = 2;

int refuse(std::ostream& notes, std::string_view why) {
  notes << "glyphgate: " << why << "\n";
  return exit_usage;
}

int make_key(const std::vector<std::string_view>& words, std::ostream& out, std::ostream& notes) {
  if (words.size() < 2 || !is_owner_name(words[1]) || words[1].starts_with('-'))
    return refuse(notes, "key new takes a name of 1 to 64 letters, digits, '.', '_' or '-', not '-' first, and then "
                         "admin and limits, as in: glyphgate key new alice calls-per-day=500");
  std::string rest;
  spending_limits limits;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] != "admin")
      if (const auto wrong = apply_limit_word(limits, words[i]))
        return refuse(notes, *wrong + "; or the word admin");
    rest += fmt::format(" {}", words[i]);
  }
  const auto key = make_api_key();
  notes << "The key, for whoever is to use the service. It is shown this once, and cannot be had again from what is "
           "stored:\n\n"
        << std::flush;
  out << key.reveal() << "\n" << std::flush;
  notes
      << "\nThe line for the service, in the file that API_KEYS_FILE names, or in API_KEYS. Nobody can make the key of "
         "it. A service that runs reads the file again on SIGHUP:\n\n"
      << std::flush;
  out << words[1] << ":" << to_hex(sha256(key.reveal())) << rest << "\n" << std::flush;
  return 0;
}

int check_file(const std::vector<std::string_view>& words, std::ostream& out, std::ostream& notes) {
  if (words.size() != 2)
    return refuse(notes, "key check takes one file, as in: glyphgate key check /etc/glyphgate/keys");
  keys_config settings;
  settings.file = words[1];
  const auto loaded = load_keys(settings);
  if (const auto* wrong = std::get_if<std::string>(&loaded))
    return refuse(notes, *wrong);
  const auto& ring = std::get<key_ring>(loaded);
  out << fmt::format("{} keys of {} names:", ring.size(), ring.limits().size());
  for (const auto& [name, limits] : ring.limits())
    out << " " << name;
  out << "\n";
  return 0;
}

} // namespace

int run_key_command(const std::vector<std::string_view>& words, std::ostream& out, std::ostream& notes) {
  const auto command = words.empty() ? std::string_view{} : words.front();
  if (command == "new")
    return make_key(words, out, notes);
  if (command == "check")
    return check_file(words, out, notes);
  return refuse(notes, "key is followed by new NAME [admin] [LIMIT=VALUE …], or by check FILE; docs/keys.md has more");
}

} // namespace glyphgate
