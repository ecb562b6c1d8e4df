#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

/// Places where a test build can be told to fail, stall or die. Without the CMake option GLYPHGATE_FAILPOINTS they
/// cost nothing and do nothing.
///
/// They are set by the environment variable GLYPHGATE_FAILPOINTS, read when the first one is reached: settings joined
/// with ';', each `NAME=ACTION` and when:
///
///     error        the step fails as if the system had refused it
///     stall:MS     the step takes that many milliseconds longer
///     kill         the process ends by SIGKILL
///
///     (nothing)    at every hit
///     @N           at the Nth hit, from 1
///     @N+          at the Nth and every later hit
///     %P:SEED      at each hit with probability P, drawn from a generator with that seed
///
/// e.g. `store.accept.before_commit=kill@3;store.settle.before_commit=stall:200%0.1:42`.
namespace glyphgate::failpoint {

/// A place in the program.
struct site {
  std::string_view name;
  /// False behind the point of no return: what was done is durable, and cannot be told to have failed.
  bool can_fail = true;
};

/// Every failpoint there is.
inline constexpr std::array sites{
    // In a commit with such a transaction, for each of them. The payload is written and synced before the commit.
    site{"store.accept.before_payload"},
    site{"store.accept.after_payload"},
    site{"store.accept.before_commit"},
    site{"store.accept.after_commit", false},
    site{"store.begin.before_commit"},
    site{"store.begin.after_commit", false},
    site{"store.settle.before_commit"},
    site{"store.settle.after_commit", false},
    site{"store.release.before_commit"},
    site{"store.release.after_commit", false},
    site{"store.carry_over.before_commit"},
    site{"store.carry_over.after_commit", false},
    site{"store.retry.before_commit"},
    site{"store.retry.after_commit", false},
    site{"store.split.before_commit"},
    site{"store.split.after_commit", false},
    site{"store.close.before_commit"},
    site{"store.close.after_commit", false},
    site{"store.end.before_commit"},
    site{"store.end.after_commit", false},
    site{"store.forget.before_commit"},
    site{"store.forget.after_commit", false},
    site{"store.adopt.before_commit"},
    site{"store.adopt.after_commit", false},
    site{"store.pause.before_commit"},
    site{"store.pause.after_commit", false},
    site{"store.board.before_commit"},
    site{"store.board.after_commit", false},
    site{"store.give_up.before_commit"},
    site{"store.give_up.after_commit", false},
    site{"store.sift.before_commit"},
    site{"store.sift.after_commit", false},
    site{"store.stop.before_commit"},
    site{"store.stop.after_commit", false},
    site{"store.budget.before_commit"},
    site{"store.budget.after_commit", false},
    site{"store.request.before_commit"},
    site{"store.request.after_commit", false},
    // A payload file is about to be removed. The failure is tolerated.
    site{"store.payload.remove"},
    site{"store.sweep.before_commit"},
    site{"store.sweep.after_commit", false},
    // In a worker, whose failure is its death: the beginning is durable, and the engine is about to be called, or has
    // answered.
    site{"worker.before_send"},
    site{"worker.after_receive"},
};

/// The name of one of `sites`; a wrong one does not compile.
struct site_name {
  consteval site_name(const char* name) : text{name} {
    if (std::ranges::find(sites, text, &site::name) == sites.end())
      throw "no failpoint has that name";
  }
  std::string_view text;
};

/// Replaces every setting, as if by the environment variable. Throws std::invalid_argument when `settings` names no
/// such failpoint or is not of the form above. Usable from any thread.
void configure(std::string_view settings);

/// Does what is set for the failpoint; true when its step shall fail. Usable from any thread.
bool fails(site_name name);

/// A step that was told to fail.
class failpoint_error : public std::runtime_error {
public:
  explicit failpoint_error(site_name name) : runtime_error{"failpoint " + std::string{name.text}} {}
};

} // namespace glyphgate::failpoint

#ifdef GLYPHGATE_FAILPOINTS
/// True when the step shall fail; for a place with a way to fail of its own.
#define GLYPHGATE_FAILPOINT_FAILS(name) ::glyphgate::failpoint::fails(name)
#else
#define GLYPHGATE_FAILPOINT_FAILS(name) (static_cast<void>(name), false)
#endif

/// Throws failpoint_error when the step shall fail.
#define GLYPHGATE_FAILPOINT(name)                                                                                      \
  do {                                                                                                                 \
    if (GLYPHGATE_FAILPOINT_FAILS(name))                                                                               \
      throw ::glyphgate::failpoint::failpoint_error{name};                                                             \
  } while (false)
