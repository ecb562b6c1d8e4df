#pragma once

namespace glyphgate {

/// In a container the program is often process 1, which has duties that no other has: it inherits every process whose
/// parent has ended, and has to take their ends, or they stay as zombies until there are no more process ids. Where the
/// caller is process 1, it goes on as a child of one that does that and nothing else: that one hands on the signals it
/// gets and ends as the child does, with 128 and the signal's number where a signal ended it. Elsewhere it does
/// nothing.
///
/// Called before there are other threads. Throws std::system_error when there can be no child.
void leave_first_process();

/// What `leave_first_process` does when the caller is process 1; returns in the child only. For tests.
void become_child_of_init();

} // namespace glyphgate
