#include "vision/decode/prepare.hpp"
#include "vision/documents/prepare_documents.hpp"
#include "vision/reader/cage.hpp"
#include "vision/reader/kept_files.hpp"
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

// glyphgate-reader --cage=on|off --parent=PID [--runtime=LIBRARY] [--documents]: started by the service, which it
// serves over its socket.
int main(int argc, char** argv) {
  using namespace glyphgate::vision;
  constexpr std::string_view parent_flag = "--parent=";
  constexpr std::string_view runtime_flag = "--runtime=";
  std::string_view runtime_library;
  bool documents = false, understood = argc >= 3 && std::string_view{argv[2]}.starts_with(parent_flag);
  for (int i = 3; i < argc; ++i) {
    const std::string_view given{argv[i]};
    if (given.starts_with(runtime_flag))
      runtime_library = given.substr(runtime_flag.size());
    else if (given == "--documents")
      documents = true;
    else
      understood = false;
  }
  if (!understood)
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
  if (documents)
    prepare_documents(keep_file);
  const onnx_runtime runtime{runtime_library};
  real_tasks tasks{runtime};
  if (documents)
    open_only_kept_files();
  if (std::string_view{argv[1]} != "--cage=off")
    if (const auto error = enter_cage(); !error.empty())
      return fail(error.c_str());
  const int status = serve(socket_to_service, tasks);
  // No destructor has anything to do that the end of the process does not.
  ::_exit(status);
}
