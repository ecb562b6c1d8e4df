#include "vision/decode/prepare.hpp"
#include "vision/reader/cage.hpp"
#include "vision/reader/serve.hpp"
#include "vision/reader/tasks.hpp"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>

namespace {

constexpr int exit_usage = 2;
// Where whoever starts it has put it.
constexpr int socket_to_service = 3;

int fail(const char* what) {
  std::fprintf(stderr, "glyphgate-reader: %s\n", what);
  return exit_usage;
}

} // namespace

// glyphgate-reader --cage=on|off --parent=PID [--runtime=LIBRARY]: started by the service, which it serves over its
// socket.
int main(int argc, char** argv) {
  using namespace glyphgate::vision;
  constexpr std::string_view parent_flag = "--parent=";
  constexpr std::string_view runtime_flag = "--runtime=";
  if ((argc != 3 && argc != 4) || !std::string_view{argv[2]}.starts_with(parent_flag) ||
      (argc == 4 && !std::string_view{argv[3]}.starts_with(runtime_flag)))
    return fail("the service starts this program; it is of no use by itself");
  const auto parent_text = std::string_view{argv[2]}.substr(parent_flag.size());
  pid_t parent = 0;
  std::from_chars(parent_text.data(), parent_text.data() + parent_text.size(), parent);
  // It ends with the thread that started it, also where that was killed; a parent that had gone before is not told of.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent)
    return EXIT_FAILURE;
  // What a picture has freed serves the next one: new pages cost more than most decoding. `serve` bounds it.
  ::mallopt(M_MMAP_THRESHOLD, most_kept_memory);
  ::mallopt(M_TRIM_THRESHOLD, most_kept_memory);
  ::mallopt(M_ARENA_MAX, 1);
  prepare_decoders();
  const onnx_runtime runtime{argc == 4 ? std::string_view{argv[3]}.substr(runtime_flag.size()) : std::string_view{}};
  real_tasks tasks{runtime};
  if (std::string_view{argv[1]} != "--cage=off")
    if (const auto error = enter_cage(); !error.empty())
      return fail(error.c_str());
  const int status = serve(socket_to_service, tasks);
  // No destructor has anything to do that the end of the process does not.
  ::_exit(status);
}
