#include "vision/reader/cage.hpp"
#include "vision/reader/serve.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <string_view>

using namespace glyphgate;
using namespace glyphgate::vision;

namespace {

// The answer's file: the second that a request brings, and nothing else is opened in between.
int answer_file = -1;

void allocate_without_end() {
  constexpr std::size_t size = 16 << 20;
  while (::operator new(size) != nullptr)
    continue;
}

/// The last file that was received.
int last_file() {
  int last = -1;
  for (int file = 0; file < 64; ++file)
    if (::fcntl(file, F_GETFL) >= 0)
      last = file;
  return last;
}

/// What a picture can make this reader do: a decoder that somebody has taken over.
const std::map<std::string_view, void (*)()> deeds{
    {"open", [] { ::open("/etc/passwd", O_RDONLY); }},
    {"create", [] { ::open("/tmp/glyphgate-hostile", O_WRONLY | O_CREAT, 0600); }},
    {"socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"unix_socket", [] { ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"execute",
     [] {
       char* const nothing[] = {nullptr};
       ::execve("/bin/true", nothing, nothing);
     }},
    {"fork", [] { ::_exit(::fork() < 0 ? 1 : 0); }},
    {"kill_parent", [] { ::kill(::getppid(), SIGTERM); }},
    {"trace", [] { ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr); }},
    {"raise_limit",
     [] {
       const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
       ::setrlimit(RLIMIT_DATA, &none);
     }},
    {"run_memory",
     [] { ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"crash",
     [] {
       // A sanitizer would have its own way to die.
       ::signal(SIGSEGV, SIG_DFL);
       ::raise(SIGSEGV);
     }},
    {"abort", [] { std::abort(); }},
    {"leave", [] { ::_exit(0); }},
    {"allocate", allocate_without_end},
    {"spin",
     [] {
       for (volatile bool goes_on = true; goes_on;)
         continue;
     }},
    {"keep_writing", [] { ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, answer_file, 0); }},
    {"write_much",
     [] {
       const std::string much(1 << 20, 'x');
       while (::write(answer_file, much.data(), much.size()) > 0)
         continue;
     }},
};

/// What follows "do:" at the end of a picture's file.
std::string_view deed_in(std::string_view bytes) {
  const auto at = bytes.rfind("do:");
  return at == std::string_view::npos ? std::string_view{} : bytes.substr(at + 3);
}

class hostile_tasks final : public reader_tasks {
public:
  drawing draw(const protocol::draw_task& task, std::string_view room, const begun_fn& begun) override {
    answer_file = last_file();
    protocol::drawn d;
    auto& made = d.made;
    std::size_t given_up = 0;
    bool lies = false;
    for (std::size_t i = 0; i < task.pictures.size(); ++i) {
      begun(i);
      const auto& info = task.pictures[i].info;
      const auto top = made.height + (i == 0 ? 0 : 2);
      made.placements.push_back({i, top, info.width, info.height});
      made.height = top + info.height;
      made.width = std::max(made.width, info.width);
      if (given_up < task.given_up.size() && task.given_up[given_up].picture == i) {
        made.unplaced.push_back(task.given_up[given_up++]);
        continue;
      }
      const auto deed = deed_in(room.substr(task.pictures[i].offset, task.pictures[i].size));
      lies = lies || deed == "lie";
      if (const auto found = deeds.find(deed); found != deeds.end())
        found->second();
    }
    if (lies)
      made.placements.back().top = 4'000'000'000U;
    file_ = std::make_shared<const std::string>("\xFF\xD8 a montage \xFF\xD9");
    return {d, {held_bytes{*file_, file_}}};
  }

  protocol::answer read(const protocol::read_task& task, std::string_view room) override {
    answer_file = last_file();
    const auto deed = deed_in(room.substr(task.picture.offset, task.picture.size));
    if (const auto found = deeds.find(deed); found != deeds.end())
      found->second();
    recognition read;
    read.symbols.push_back({std::to_string(::getpid()), {0, 0, 1, 1}, 1.0F, text_break::line});
    if (deed == "lie")
      read.symbols.front().box.width = 1'000'000;
    for (const auto& [name, size] : models_)
      read.symbols.push_back({name + '=' + std::to_string(size), {0, 0, 1, 1}, 1.0F, text_break::line});
    if (deed == "no_engine")
      return protocol::engine_failed{"the data cannot be loaded"};
    return protocol::picture_read{std::make_shared<const recognition>(std::move(read)), {}};
  }

  protocol::answer look(const protocol::look_task& task, std::string_view room) override {
    answer_file = last_file();
    const auto deed = deed_in(room.substr(task.document.offset, task.document.size));
    if (const auto found = deeds.find(deed); found != deeds.end())
      found->second();
    document_facts facts;
    facts.pages = 1;
    facts.chosen.push_back({});
    if (deed == "lie")
      facts.chosen.back().number = 7;
    return facts;
  }

  protocol::answer sift(const protocol::sift_task& task, std::string_view room, const begun_fn& begun) override {
    answer_file = last_file();
    protocol::sifted done;
    done.verdicts.resize(task.pictures.size());
    for (std::size_t i = 0; i < task.pictures.size(); ++i) {
      if (std::ranges::binary_search(task.left_out, i))
        continue;
      begun(i);
      const auto deed = deed_in(room.substr(task.pictures[i].offset, task.pictures[i].size));
      if (deed == "no_engine")
        return protocol::engine_failed{"the data cannot be loaded"};
      if (const auto found = deeds.find(deed); found != deeds.end())
        found->second();
      if (deed == "lie")
        done.verdicts[i] = repeats{i};
      else if (task.options.mode != sieve_mode::off)
        done.verdicts[i] = answered{std::make_shared<const recognition>()};
    }
    return done;
  }

  void take_model(std::string name, file_descriptor file) override {
    models_[std::move(name)] = ::lseek(file.get(), 0, SEEK_END);
  }

private:
  std::map<std::string, long> models_;
  std::shared_ptr<const std::string> file_;
};

} // namespace

int main(int argc, char** argv) {
  hostile_tasks tasks;
  if (argc < 2 || std::string_view{argv[1]} != "--cage=off")
    if (!enter_cage().empty())
      return 2;
  ::_exit(serve(3, tasks));
}
