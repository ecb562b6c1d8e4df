#include "vision/reader/serve.hpp"

#include "core/file_descriptor.hpp"
#include "vision/reader/shared_file.hpp"

#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

namespace glyphgate::vision {

namespace {

using namespace protocol;

// More than a request brings: its two files, and a model for each of its languages.
constexpr std::size_t most_files = 64;

struct request {
  request_message message;
  std::vector<file_descriptor> files;
};

std::optional<request> receive(int socket) {
  request got;
  iovec part{&got.message, sizeof got.message};
  std::array<char, CMSG_SPACE(most_files * sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t size = -1;
  do
    size = ::recvmsg(socket, &header, 0);
  while (size < 0 && errno == EINTR);
  if (size != static_cast<ssize_t>(sizeof got.message))
    return std::nullopt;
  for (auto* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    for (std::size_t at = 0; at + CMSG_LEN(sizeof(int)) <= c->cmsg_len; at += sizeof(int)) {
      int file = -1;
      std::memcpy(&file, CMSG_DATA(c) + at, sizeof file);
      got.files.emplace_back(file);
    }
  }
  return got;
}

void note(int file, const progress_note& progress) {
  // Nothing depends on it but what is said of a reader that died.
  [[maybe_unused]] const auto written = ::pwrite(file, &progress, sizeof progress, 0);
}

/// What a task comes to, and the bytes of its montage.
struct result {
  answer said;
  std::vector<held_bytes> parts;
  bool short_of_memory = false;
};

result carry_out(const task& asked, std::string_view room, int answer_file, reader_tasks& tasks) {
  progress_note progress;
  const auto begun = [&](std::size_t picture) {
    ++progress.begun;
    progress.picture = static_cast<std::uint32_t>(picture);
    note(answer_file, progress);
  };
  try {
    if (const auto* draw = std::get_if<draw_task>(&asked)) {
      auto drawing = tasks.draw(*draw, room, begun);
      return {std::move(drawing.answer), std::move(drawing.parts)};
    }
    if (const auto* sift = std::get_if<sift_task>(&asked))
      return {tasks.sift(*sift, room, begun), {}};
    begun(0);
    if (const auto* look = std::get_if<look_task>(&asked))
      return {tasks.look(*look, room), {}};
    return {tasks.read(std::get<read_task>(asked), room), {}};
  } catch (const std::bad_alloc&) {
    if (std::holds_alternative<draw_task>(asked))
      return {no_montage{"there is not enough memory to put the images into one"}, {}, true};
    if (std::holds_alternative<sift_task>(asked))
      return {engine_failed{"there is not enough memory to look at the images"}, {}, true};
    if (std::holds_alternative<look_task>(asked))
      return {no_document{"the PDF needs more memory than there is to read it"}, {}, true};
    return {picture_read{nullptr, "the image needs more memory than there is to read it"}, {}, true};
  }
}

/// False when nobody is there any more.
bool answer_to(int socket, int file, const result& done) {
  const auto encoded = encode(done.said);
  answer_message message{encoded.size(), 0, done.short_of_memory ? 1U : 0U};
  std::vector<std::string_view> parts{encoded};
  for (const auto& part : done.parts) {
    parts.push_back(part.view);
    message.montage_size += part.view.size();
  }
  if (::lseek(file, static_cast<off_t>(answer_start), SEEK_SET) < 0)
    return false;
  write_all(file, parts);
  iovec part{&message, sizeof message};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

/// False when nobody is there any more, or what came is no request.
bool serve_one(int socket, reader_tasks& tasks) {
  auto got = receive(socket);
  if (!got || got->files.size() < 2)
    return false;
  const auto bytes = map_sealed(got->files[0].get());
  if (!bytes || got->message.task_size > bytes->view.size())
    return false;
  const auto room = bytes->view.substr(got->message.task_size);
  auto asked = decode_task(bytes->view.substr(0, got->message.task_size), room.size());
  if (!asked)
    return false;
  const auto* models = models_of(*asked);
  const auto brought = models == nullptr ? 0 : models->size();
  if (brought != got->files.size() - 2)
    return false;
  for (std::size_t i = 0; i < brought; ++i)
    tasks.take_model((*models)[i], std::move(got->files[2 + i]));
  const int file = got->files[1].get();
  const auto done = carry_out(*asked, room, file, tasks);
  return answer_to(socket, file, done) && !done.short_of_memory;
}

} // namespace

int serve(int socket, reader_tasks& tasks) {
  try {
    while (serve_one(socket, tasks))
      if (::mallinfo2().fordblks > most_kept_memory)
        ::malloc_trim(0);
    return EXIT_SUCCESS;
  } catch (const std::exception&) {
    return EXIT_FAILURE;
  }
}

} // namespace glyphgate::vision
