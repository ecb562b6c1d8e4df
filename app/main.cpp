#include "app/engine_choice.hpp"
#include "app/first_process.hpp"
#include "app/options.hpp"
#include "app/run_service.hpp"
#include "app/version.hpp"
#include "core/log.hpp"

#include <malloc.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <variant>

namespace glyphgate {

namespace {

constexpr int exit_usage = 2;

int fail(int code, const std::string& line) {
  std::fprintf(stderr, "glyphgate: %s\n", line.c_str());
  return code;
}

int serve(config settings) {
  fill_in(settings.engine);
  auto engines = choose_engines(settings);
  if (const auto* refused = std::get_if<std::string>(&engines))
    return fail(exit_usage, *refused);
  return run_service(settings, version, std::get<0>(std::move(engines)));
}

} // namespace

} // namespace glyphgate

int main(int argc, char** argv) {
  using namespace glyphgate;
  try {
    leave_first_process();
  } catch (const std::exception& e) {
    return fail(EXIT_FAILURE, e.what());
  }
  const auto parsed = parse_options(argc, argv, version);
  if (const auto* exit = std::get_if<early_exit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
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
    return fail(EXIT_FAILURE, "there is not enough memory to start; docs/CONFIG.md has what takes it");
  } catch (const std::exception& e) {
    return fail(EXIT_FAILURE, e.what());
  }
}
