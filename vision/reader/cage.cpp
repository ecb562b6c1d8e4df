#include "vision/reader/cage.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

namespace glyphgate::vision {

namespace {

/// What may be called with any arguments.
constexpr int harmless[] = {
    // Files that are open, and memory.
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(dup),
    // The socket that is there.
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll),
    // Threads and signals within the process.
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    // Time and chance.
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getcpu), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo), SCMP_SYS(uname)};

class filter {
public:
  filter() : context_{::seccomp_init(SCMP_ACT_KILL_PROCESS)} {
    // Older kernels turn off speculation past stores with any filter, which costs a quarter of the speed. It guards
    // memory of other trust within a process; here all is of one.
    good_ = context_ != nullptr && ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_SSB, 1) == 0;
  }
  ~filter() {
    if (context_ != nullptr)
      ::seccomp_release(context_);
  }

  filter(const filter&) = delete;
  filter& operator=(const filter&) = delete;

  void allow(int call) { add(SCMP_ACT_ALLOW, call, {}); }
  void allow(int call, const scmp_arg_cmp& argument) { add(SCMP_ACT_ALLOW, call, {&argument, 1}); }
  /// The call fails with that error.
  void refuse(int call, int error) { add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, {}); }

  bool load() { return good_ && ::seccomp_load(context_) == 0; }

private:
  struct arguments {
    const scmp_arg_cmp* first = nullptr;
    unsigned count = 0;
  };

  void add(std::uint32_t action, int call, arguments given) {
    good_ = good_ && ::seccomp_rule_add_array(context_, action, call, given.count, given.first) == 0;
  }

  scmp_filter_ctx context_;
  bool good_ = false;
};

/// A call's argument, by its place, is so.
scmp_arg_cmp argument(unsigned place, scmp_compare how, std::uint64_t value, std::uint64_t other = 0) {
  return {place, how, value, other};
}

void add_rules(filter& to) {
  for (const int call : harmless)
    to.allow(call);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // How sanitizers find out whether memory can be read.
  to.allow(SCMP_SYS(pipe2));
#endif
  // No memory becomes code.
  to.allow(SCMP_SYS(mmap), argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  to.allow(SCMP_SYS(mprotect), argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  // Threads, not processes; glibc asks with clone3 first, whose flags no filter can see.
  constexpr std::uint64_t thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
  to.allow(SCMP_SYS(clone), argument(0, SCMP_CMP_MASKED_EQ, thread, thread));
  to.refuse(SCMP_SYS(clone3), ENOSYS);
  to.allow(SCMP_SYS(tgkill), argument(0, SCMP_CMP_EQ, static_cast<std::uint64_t>(::getpid())));
  to.allow(SCMP_SYS(prctl), argument(0, SCMP_CMP_EQ, PR_SET_NAME));
  for (const std::uint64_t question :
       {std::uint64_t{F_GETFL}, std::uint64_t{F_GETFD}, std::uint64_t{F_GET_SEALS}, std::uint64_t{F_SETFD}})
    to.allow(SCMP_SYS(fcntl), argument(1, SCMP_CMP_EQ, question));
  // glibc's fstat; a path is none of the reader's business, and whoever only asks whether it is there may go on.
  to.allow(SCMP_SYS(newfstatat), argument(3, SCMP_CMP_EQ, AT_EMPTY_PATH));
  for (const int call : {SCMP_SYS(stat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
                         SCMP_SYS(readlink), SCMP_SYS(ioctl)})
    to.refuse(call, ENOENT);
}

bool limit(__rlimit_resource_t resource, rlim_t most) {
  const rlimit both{most, most};
  return ::setrlimit(resource, &both) == 0;
}

} // namespace

std::string enter_cage() {
  // A write beyond the largest file is an error, not a signal.
  ::signal(SIGXFSZ, SIG_IGN);
  if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, largest_file))
    return std::string{"setrlimit: "} + std::strerror(errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return std::string{"prctl(PR_SET_NO_NEW_PRIVS): "} + std::strerror(errno);
  filter rules;
  add_rules(rules);
  if (!rules.load())
    return "seccomp is not to be had here";
  return {};
}

} // namespace glyphgate::vision
