#pragma once

#include "core/file_descriptor.hpp"
#include "vision/compose/begun.hpp"
#include "vision/reader/protocol.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// What a reader does.
class reader_tasks {
public:
  virtual ~reader_tasks() = default;

  /// A montage, and the parts of its file, which stay readable until the next call.
  struct drawing {
    protocol::answer answer;
    std::vector<held_bytes> parts;
  };

  /// `room` is where the pictures' places are.
  virtual drawing draw(const protocol::draw_task& task, std::string_view room, const begun_fn& begun) = 0;
  virtual protocol::answer read(const protocol::read_task& task, std::string_view room) = 0;
  virtual protocol::answer sift(const protocol::sift_task& task, std::string_view room, const begun_fn& begun) = 0;

  virtual protocol::answer look(const protocol::look_task& task, std::string_view room) = 0;

  /// A model's file, which is kept, comes before the task that needs it.
  virtual void take_model(std::string name, file_descriptor file) = 0;
};

/// What a reader keeps at most of the memory that its tasks have freed, bytes.
constexpr int most_kept_memory = 32 * 1024 * 1024;

/// Answers what comes over the socket until it is closed; the process's exit status. std::bad_alloc out of a task
/// becomes its answer.
int serve(int socket, reader_tasks& tasks);

} // namespace glyphgate::vision
