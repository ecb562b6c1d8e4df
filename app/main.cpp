#include "app/engine_choice.hpp"
#include "app/failed_start.hpp"
#include "app/first_process.hpp"
#include "app/front_door.hpp"
#include "app/key_command.hpp"
#include "app/misspelt_variables.hpp"
#include "app/options.hpp"
#include "app/run_service.hpp"
#include "app/version.hpp"
#include "core/log.hpp"

#include <malloc.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace glyphgate {

namespace {

constexpr int exit_usage = 2;

int serve(config settings) {
  const auto refuse = [&](const std::string& why) { return report_failed_start(settings.log.format, exit_usage, why); };
  for (const auto& [given, meant] : misspelt_variables(environment_names()))
    log::warn("unknown_variable", {{"variable", given}, {"meant", meant}});
  fill_in(settings.engine);
  auto engines = choose_engines(settings);
  if (const auto* refused = std::get_if<std::string>(&engines))
    return refuse(*refused);
  auto& chosen = std::get<0>(engines);
  auto keys = open_front_door(settings, chosen->name());
  if (const auto* refused = std::get_if<std::string>(&keys))
    return refuse(*refused);
  return run_service(settings, version, std::move(chosen), std::get<0>(std::move(keys)));
}

} // namespace

} // namespace glyphgate

int main(int argc, char** argv) {
  using namespace glyphgate;
  if (argc > 1 && std::string_view{argv[1]} == "key")
    return run_key_command({argv + 2, argv + argc}, std::cout, std::cerr);
  try {
    leave_first_process();
  } catch (const std::exception& e) {
    return report_failed_start(log_format::text, EXIT_FAILURE, e.what());
  }
  const auto parsed = parse_options(argc, argv, version);
  if (const auto* exit = std::get_if<early_exit>(&parsed)) {
    if (exit->code != 0)
      return report_failed_start(exit->format, exit->code, exit->text);
    std::fputs(exit->text.c_str(), stdout);
    return 0;
  }
  // What this process makes is for its own user only.
  ::umask(S_IRWXG | S_IRWXO);
  // Each arena keeps what its threads freed; two serve this process as well as sixteen.
  mallopt(M_ARENA_MAX, 2);
  // Pictures and bodies go back to the system when they are freed; glibc would raise the threshold with their size.
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  const auto& settings = std::get<config>(parsed);
  log::configure(settings.log);
  try {
    return serve(settings);
  } catch (const std::bad_alloc&) {
    return report_failed_start(settings.log.format, EXIT_FAILURE,
                               "there is not enough memory to start; docs/CONFIG.md has what takes it");
  } catch (const std::exception& e) {
    return report_failed_start(settings.log.format, EXIT_FAILURE, e.what());
  }
}
