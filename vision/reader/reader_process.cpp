#include "vision/reader/reader_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace glyphgate::vision {

namespace {

// Where the reader finds its socket; nothing else is open but standard error.
constexpr int socket_in_reader = 3;

void check(int error, const char* what) {
  if (error != 0)
    throw std::system_error{error, std::generic_category(), what};
}

/// How the reader is started. Frees what posix_spawn needs.
class spawn_settings {
public:
  explicit spawn_settings(int socket) {
    check(::posix_spawn_file_actions_init(&actions_), "posix_spawn");
    check(::posix_spawnattr_init(&attributes_), "posix_spawn");
    check(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0), "posix_spawn");
    check(::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0), "posix_spawn");
    check(::posix_spawn_file_actions_adddup2(&actions_, socket, socket_in_reader), "posix_spawn");
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, socket_in_reader + 1), "posix_spawn");
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    check(::posix_spawnattr_setsigmask(&attributes_, &none), "posix_spawn");
    check(::posix_spawnattr_setsigdefault(&attributes_, &all), "posix_spawn");
    // Of a group of its own: what a terminal sends to the service's is not for the reader, which may have work to end.
    check(::posix_spawnattr_setpgroup(&attributes_, 0), "posix_spawn");
    check(::posix_spawnattr_setflags(&attributes_,
                                     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP),
          "posix_spawn");
  }
  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// The reader's environment: no secret of the service's.
std::vector<std::string> reader_environment() {
  // Tesseract is several times slower with more threads.
  std::vector<std::string> made{"OMP_THREAD_LIMIT=1"};
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH"})
    if (const char* value = std::getenv(name); value != nullptr)
      made.push_back(std::string{name} + '=' + value);
  return made;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> made;
  made.reserve(texts.size() + 1);
  for (auto& text : texts)
    made.push_back(text.data());
  made.push_back(nullptr);
  return made;
}

std::string ending(int status) {
  if (WIFEXITED(status))
    return "its decoder ended (status " + std::to_string(WEXITSTATUS(status)) + ')';
  const int signal = WTERMSIG(status);
  const auto number = " (signal " + std::to_string(signal) + ')';
  switch (signal) {
  case SIGSYS: return "its decoder did what it must not" + number;
  case SIGXCPU: return "its decoder took too long" + number;
  case SIGKILL: return "the system ended its decoder, which happens when memory is short" + number;
  default: return "its decoder crashed" + number;
  }
}

} // namespace

reader_process::reader_process(const std::filesystem::path& program, bool caged, const reader_parts& parts) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    check(errno, "socketpair");
  socket_ = file_descriptor{ends[0]};
  // Not where it will be in the reader: there dup2 would leave it to be closed by the exec.
  file_descriptor theirs{ends[1]};
  if (theirs.get() <= socket_in_reader) {
    theirs = file_descriptor{::fcntl(theirs.get(), F_DUPFD_CLOEXEC, socket_in_reader + 1)};
    if (!theirs.is_open())
      check(errno, "fcntl");
  }
  const spawn_settings settings{theirs.get()};
  std::vector<std::string> arguments{program.string(), caged ? "--cage=on" : "--cage=off",
                                     "--parent=" + std::to_string(::getpid())};
  if (!parts.runtime.empty())
    arguments.push_back("--runtime=" + parts.runtime.string());
  if (parts.documents)
    arguments.emplace_back("--documents");
  auto environment = reader_environment();
  check(::posix_spawn(&pid_, program.c_str(), settings.actions(), settings.attributes(), pointers(arguments).data(),
                      pointers(environment).data()),
        program.c_str());
}

reader_process::~reader_process() {
  end();
}

bool reader_process::send(const void* message, std::size_t size, const std::vector<int>& files) const {
  iovec part{const_cast<void*>(message), size};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  std::vector<char> control(CMSG_SPACE(files.size() * sizeof(int)));
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  auto* const attached = CMSG_FIRSTHDR(&header);
  attached->cmsg_level = SOL_SOCKET;
  attached->cmsg_type = SCM_RIGHTS;
  attached->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
  std::memcpy(CMSG_DATA(attached), files.data(), files.size() * sizeof(int));
  ssize_t sent = -1;
  do
    sent = ::sendmsg(socket_.get(), &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

bool reader_process::receive(void* message, std::size_t size) const {
  // Files that come along are not taken: without room for them the system closes them.
  iovec part{message, size};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ssize_t got = -1;
  do
    got = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(size) && (header.msg_flags & MSG_TRUNC) == 0;
}

void reader_process::allow([[maybe_unused]] std::uint64_t bytes, std::uint32_t cpu_seconds) const {
  // Only the soft limits, which the reader cannot raise in its cage; who lowers a hard one cannot raise it again.
  const auto set = [this](auto resource, rlim_t value) {
    rlimit limit{};
    if (::prlimit(pid_, resource, nullptr, &limit) == 0) {
      limit.rlim_cur = std::min(value, limit.rlim_max);
      ::prlimit(pid_, resource, &limit, nullptr);
    }
  };
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer's own memory exceeds any limit.
  set(RLIMIT_DATA, bytes);
#endif
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    return;
  set(RLIMIT_CPU, static_cast<rlim_t>(used.tv_sec) + cpu_seconds + 1);
}

std::string reader_process::end() {
  if (pid_ < 0)
    return ended_;
  int status = 0;
  // What has ended by itself is not killed any more, and keeps its own status.
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR)
    continue;
  pid_ = -1;
  ended_ = ending(status);
  return ended_;
}

} // namespace glyphgate::vision
