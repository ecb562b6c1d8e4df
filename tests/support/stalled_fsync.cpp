// Preloaded into a program under test, by support/stalled_fsync.hpp: a disk that stalls. While the file that
// STALL_FSYNC_WHILE names exists, every fsync and fdatasync waits; a call that begins to wait appends one byte to it.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

void wait_while_stalled() {
  const char* file = std::getenv("STALL_FSYNC_WHILE");
  if (file == nullptr)
    return;
  const int descriptor = ::open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor < 0)
    return;
  // Nothing is to be done where the byte cannot be written: the test that waits for it fails.
  [[maybe_unused]] const auto written = ::write(descriptor, ".", 1);
  ::close(descriptor);
  const timespec step{0, 10'000'000};
  while (::access(file, F_OK) == 0)
    ::nanosleep(&step, nullptr);
}

} // namespace

extern "C" {

int fsync(int descriptor) {
  wait_while_stalled();
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

int fdatasync(int descriptor) {
  wait_while_stalled();
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
}
