#include "vision/reader/caged_reader.hpp"

#include "core/log.hpp"
#include "vision/header/inspection.hpp"
#include "vision/ppocr/parts.hpp"
#include "vision/reader/files_along.hpp"
#include "vision/reader/memory_need.hpp"
#include "vision/reader/shared_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <system_error>
#include <utility>

namespace glyphgate::vision {

namespace {

using namespace protocol;
using steady = std::chrono::steady_clock;

/// How often it is looked whether the reader has begun another picture.
constexpr std::chrono::milliseconds look_interval{250};
/// How long a montage's pictures may take together; halves of the call have as long each.
constexpr std::chrono::minutes drawing_time{4};
constexpr std::uint32_t cpu_seconds_beyond = 10;
constexpr std::string_view damaged_text = "the image cannot be read: its decoder gave a damaged answer";

/// Makes a stop readable for poll(2).
class stop_event {
public:
  explicit stop_event(const std::stop_token& stop)
      : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
        callback_{stop, wake{event_.get()}} {
    if (!event_.is_open())
      throw std::system_error{errno, std::generic_category(), "eventfd"};
  }

  int get() const { return event_.get(); }

private:
  struct wake {
    int event;
    void operator()() const {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
    }
  };

  file_descriptor event_;
  std::stop_callback<wake> callback_;
};

progress_note progress_in(int answer_file) {
  progress_note progress;
  if (::pread(answer_file, &progress, sizeof progress, 0) != static_cast<ssize_t>(sizeof progress))
    return {};
  return progress;
}

std::size_t pictures_of(const task& asked) {
  if (const auto* draw = std::get_if<draw_task>(&asked))
    return draw->pictures.size();
  const auto* sift = std::get_if<sift_task>(&asked);
  return sift == nullptr ? 1 : sift->pictures.size();
}

std::string seconds_text(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

/// A picture's bytes and what it needs; or why it is not decoded.
struct wanted {
  held_bytes bytes;
  std::variant<picture_header, std::string> header;
};

/// Whether no engine reads what is decoded.
bool is_decoded_only(const task& asked) {
  return std::holds_alternative<draw_task>(asked) || std::holds_alternative<look_task>(asked);
}

bool needs_ppocr(const task& asked) {
  const auto* read = std::get_if<read_task>(&asked);
  return read != nullptr ? read->how.needs_ppocr() : std::holds_alternative<sift_task>(asked);
}

/// What the reader needs open for the task.
std::vector<std::string> models_for(const task& asked) {
  std::vector<std::string> names;
  if (const auto* read = std::get_if<read_task>(&asked))
    names = read->how.languages;
  if (needs_ppocr(asked))
    names.insert(names.end(), std::begin(ppocr_models), std::end(ppocr_models));
  return names;
}

wanted look_at(const picture& one) {
  wanted w{one.bytes->hold(), std::string{"the image's file is gone"}};
  if (w.bytes.view.empty())
    return w;
  auto header = inspect(w.bytes.view, one.info);
  if (auto* refusal = std::get_if<picture_refusal>(&header))
    w.header = std::move(refusal->detail);
  else
    w.header = std::get<picture_header>(header);
  return w;
}

} // namespace

caged_reader::caged_reader(std::shared_ptr<const reader_settings> settings) : settings_{std::move(settings)} {}

void caged_reader::rest() {
  process_.reset();
  models_.clear();
}

made_montage caged_reader::draw(const std::vector<picture>& pictures, const montage_limits& limits,
                                const std::stop_token& stop) {
  const auto give_up_at = steady::now() + drawing_time;
  draw_task asked;
  asked.limits = limits;
  std::vector<held_bytes> bytes;
  files_along files;
  std::uint64_t needed = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    auto [held, header] = look_at(pictures[i]);
    asked.pictures.push_back({pictures[i].info, files.add(held), held.view.size()});
    bytes.push_back(std::move(held));
    auto* refused = std::get_if<std::string>(&header);
    const auto need = refused != nullptr ? 0 : decoding_memory(std::get<picture_header>(header));
    if (need > settings_->memory->size())
      asked.given_up.push_back({i, too_much_memory(need, settings_->memory->size())});
    else if (refused != nullptr)
      asked.given_up.push_back({i, std::move(*refused)});
    else
      needed = std::max(needed, need);
  }
  const auto share = settings_->memory->take(
      std::min(needed + montage_memory(pictures, limits) + files.size(), settings_->memory->size()), stop);
  if (!share)
    return no_montage{};
  while (asked.given_up.size() < pictures.size()) {
    if (steady::now() > give_up_at)
      return no_montage{"the images took longer than " + seconds_text(drawing_time) + " to be put into one"};
    auto told = ask(asked, files, share->bytes(), stop);
    if (std::holds_alternative<stopped>(told))
      return no_montage{};
    if (auto* none = std::get_if<unusable>(&told))
      return no_montage{std::move(none->why), false, ec::internal};
    // Which picture did it shows in the halves of the call.
    if (std::holds_alternative<damaged>(told))
      return no_montage{std::string{damaged_text}};
    if (auto* lost = std::get_if<died>(&told)) {
      const auto at = std::ranges::lower_bound(asked.given_up, lost->picture, {}, &picture_note::picture);
      if (at != asked.given_up.end() && at->picture == lost->picture)
        return no_montage{std::string{damaged_text}};
      asked.given_up.insert(at, {lost->picture, "the image cannot be read: " + lost->how});
      continue;
    }
    auto& [said, file, short_of_memory] = std::get<answered>(told);
    if (auto* none = std::get_if<no_montage>(&said)) {
      if (short_of_memory)
        none->code = ec::internal;
      return std::move(*none);
    }
    auto& d = std::get<drawn>(said);
    d.made.parts.push_back(d.as_sent ? bytes[*d.as_sent] : std::move(file));
    return std::move(d.made);
  }
  return no_montage{asked.given_up.front().text};
}

std::variant<picture_outcome, call_failure> caged_reader::read(const picture& one, const reading_request& how,
                                                               const std::stop_token& stop) {
  const auto failure = [](ec code, std::string detail) {
    return call_failure{code, std::move(detail), false, std::nullopt};
  };
  const auto of_picture = [](std::string error, bool may_pass) {
    return picture_outcome{nullptr, std::move(error), may_pass};
  };
  auto [held, header] = look_at(one);
  if (auto* refused = std::get_if<std::string>(&header))
    return of_picture(std::move(*refused), false);
  const auto needed = reading_memory(std::get<picture_header>(header), how) + held.view.size();
  if (needed > settings_->memory->size())
    return of_picture(too_much_memory(needed, settings_->memory->size()), false);
  const auto share = settings_->memory->take(needed, stop);
  if (!share)
    return failure(ec::cancelled, "stopped while the call ran");

  files_along files;
  const read_task asked{{one.info, files.add(held), held.view.size()}, how, {}};
  auto told = ask(asked, files, share->bytes(), stop);
  if (std::holds_alternative<stopped>(told))
    return failure(ec::cancelled, "stopped while the call ran");
  if (auto* none = std::get_if<unusable>(&told))
    return failure(ec::internal, std::move(none->why));
  if (std::holds_alternative<damaged>(told))
    return of_picture(std::string{damaged_text}, false);
  if (auto* lost = std::get_if<died>(&told))
    return of_picture("the image cannot be read: " + lost->how, lost->may_pass);
  auto& said = std::get<answered>(told).said;
  if (auto* failed = std::get_if<engine_failed>(&said))
    return failure(ec::engine_unavailable, std::move(failed->detail));
  auto& read = std::get<picture_read>(said);
  return picture_outcome{std::move(read.recognised), std::move(read.error)};
}

sift_outcome caged_reader::sift(const std::vector<picture>& pictures, const sieve_options& options,
                                const std::stop_token& stop) {
  const auto failure = [](ec code, std::string detail) {
    return call_failure{code, std::move(detail), false, std::nullopt};
  };
  const auto give_up_at = steady::now() + drawing_time;
  sift_task asked;
  asked.options = options;
  files_along files;
  std::uint64_t needed = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    auto [held, header] = look_at(pictures[i]);
    asked.pictures.push_back({pictures[i].info, files.add(held), held.view.size()});
    const auto* found = std::get_if<picture_header>(&header);
    const auto need = found == nullptr ? 0 : ppocr_memory(*found);
    if (found == nullptr || need > settings_->memory->size())
      asked.left_out.push_back(i);
    else
      needed = std::max(needed, need);
  }
  const auto share = settings_->memory->take(std::min(needed + files.size(), settings_->memory->size()), stop);
  if (!share)
    return failure(ec::cancelled, "stopped while images were looked at");
  while (asked.left_out.size() < pictures.size()) {
    if (steady::now() > give_up_at)
      return failure(ec::internal, "looking at the images took longer than " + seconds_text(drawing_time));
    auto told = ask(asked, files, share->bytes(), stop);
    if (std::holds_alternative<stopped>(told))
      return failure(ec::cancelled, "stopped while images were looked at");
    if (auto* none = std::get_if<unusable>(&told))
      return failure(ec::internal, std::move(none->why));
    if (std::holds_alternative<damaged>(told))
      return failure(ec::internal, std::string{damaged_text});
    if (const auto* lost = std::get_if<died>(&told)) {
      const auto at = std::ranges::lower_bound(asked.left_out, lost->picture);
      if (at != asked.left_out.end() && *at == lost->picture)
        return failure(ec::internal, std::string{damaged_text});
      asked.left_out.insert(at, lost->picture);
      continue;
    }
    auto& said = std::get<answered>(told).said;
    if (auto* failed = std::get_if<engine_failed>(&said))
      return failure(ec::engine_unavailable, std::move(failed->detail));
    return std::get<sifted>(std::move(said)).verdicts;
  }
  return std::vector<sieve_verdict>(pictures.size());
}

looked_at_document caged_reader::look(const held_bytes& file, const document_request& request,
                                      const std::stop_token& stop) {
  const auto refused = [](std::string detail) { return header::invalid("the PDF cannot be read: " + detail); };
  const auto needed = looking_memory + file.view.size();
  if (needed > settings_->memory->size())
    return picture_refusal{ec::picture_too_large, too_much_memory(needed, settings_->memory->size()),
                           exceeded_limit{"picture_memory_mb", settings_->memory->size() >> 20U}};
  const auto share = settings_->memory->take(needed, stop);
  if (!share)
    return refused("the service stops");
  files_along files;
  look_task asked;
  asked.document.info.format = picture_format::pdf;
  asked.document.offset = files.add(file);
  asked.document.size = file.view.size();
  asked.request = request;
  auto told = ask(asked, files, share->bytes(), stop);
  if (std::holds_alternative<stopped>(told))
    return refused("the service stops");
  if (const auto* none = std::get_if<unusable>(&told))
    return refused(none->why);
  if (std::holds_alternative<damaged>(told))
    return refused("its decoder gave a damaged answer");
  if (const auto* lost = std::get_if<died>(&told))
    return refused(lost->how);
  auto& said = std::get<answered>(told).said;
  if (auto* none = std::get_if<no_document>(&said))
    return header::invalid(std::move(none->detail));
  auto& facts = std::get<document_facts>(said);
  if (auto wrong = refuse_pages(request, facts.pages, "the PDF"))
    return *std::move(wrong);
  return std::move(facts);
}

caged_reader::outcome caged_reader::ask(const task& asked, const files_along& files, std::uint64_t memory,
                                        const std::stop_token& stop) {
  const bool was_there = process_ != nullptr;
  auto first = ask_once(asked, files, memory, stop);
  const auto* answer = std::get_if<answered>(&first);
  const bool again = was_there && (std::holds_alternative<unusable>(first) || (answer && answer->short_of_memory));
  return again ? ask_once(asked, files, memory, stop) : std::move(first);
}

caged_reader::outcome caged_reader::ask_once(const task& asked, const files_along& files, std::uint64_t memory,
                                             const std::stop_token& stop) {
  try {
    start_for(asked);
    auto sent = asked;
    std::vector<file_descriptor> models;
    if (auto* names = models_of(sent)) {
      for (const auto& name : models_for(asked)) {
        const auto path = models_.contains(name) ? std::nullopt : settings_->model_file(name);
        if (!path)
          continue;
        file_descriptor file{::open(path->c_str(), O_RDONLY | O_CLOEXEC)};
        if (!file.is_open())
          continue;
        models_.insert(name);
        names->push_back(name);
        models.push_back(std::move(file));
      }
    }
    const auto encoded = encode(sent);
    std::vector<std::string_view> parts{encoded};
    for (const auto& file : files.files())
      parts.push_back(file.view);
    const auto request = make_shared_file("glyphgate-request");
    write_all(request.get(), parts);
    seal(request.get());
    const auto answer_file = make_shared_file("glyphgate-answer");
    std::vector<int> sent_files{request.get(), answer_file.get()};
    for (const auto& model : models)
      sent_files.push_back(model.get());

    const auto limit = time_for(asked);
    const auto cpu_seconds = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(limit).count() *
                                                        static_cast<long>(pictures_of(asked)));
    process_->allow(memory + (is_decoded_only(asked) ? reader_base_memory : engine_base_memory),
                    cpu_seconds + cpu_seconds_beyond);
    const request_message message{encoded.size()};
    if (!process_->send(&message, sizeof message, sent_files)) {
      const auto how = process_->end();
      rest();
      return unusable{"the reader of images has ended: " + how};
    }
    return wait(asked, answer_file.get(), stop);
  } catch (const std::system_error& e) {
    rest();
    return unusable{std::string{"the reader of images cannot be started: "} + e.what()};
  }
}

void caged_reader::start_for(const task& asked) {
  const bool needs_runtime = needs_ppocr(asked), needs_pages = needs_documents(asked);
  if (process_ && (has_runtime_ || !needs_runtime) && (has_documents_ || !needs_pages))
    return;
  // One that was needed for both stays so.
  const bool was_there = process_ != nullptr;
  has_runtime_ = needs_runtime || (was_there && has_runtime_);
  has_documents_ = needs_pages || (was_there && has_documents_);
  rest();
  process_ = std::make_unique<reader_process>(
      settings_->program, settings_->caged,
      reader_parts{has_runtime_ ? settings_->runtime : std::filesystem::path{}, has_documents_});
}

std::chrono::milliseconds caged_reader::time_for(const task& asked) const {
  return is_decoded_only(asked) ? settings_->decoding_time : settings_->reading_time;
}

caged_reader::outcome caged_reader::wait(const task& asked, int answer_file, const std::stop_token& stop) {
  const stop_event stopping{stop};
  const auto limit = time_for(asked);
  auto deadline = steady::now() + limit;
  std::uint32_t begun = 0;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady::now());
    std::array<pollfd, 2> watched{pollfd{process_->socket(), POLLIN, 0}, pollfd{stopping.get(), POLLIN, 0}};
    ::poll(watched.data(), watched.size(),
           static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, look_interval).count()));
    if (watched[1].revents != 0) {
      rest();
      return stopped{};
    }
    if (watched[0].revents != 0)
      return take_answer(asked, answer_file);
    const auto progress = progress_in(answer_file);
    if (progress.begun != begun) {
      begun = progress.begun;
      deadline = steady::now() + limit;
    } else if (steady::now() >= deadline) {
      rest();
      const auto* name = is_decoded_only(asked) ? "DECODE_TIMEOUT_SECONDS" : "TESSERACT_TIMEOUT_SECONDS";
      log::warn("reader_replaced", {{"reason", "time is over"}});
      return died{std::min<std::size_t>(progress.picture, pictures_of(asked) - 1),
                  "it took longer than " + seconds_text(limit) + " (" + name + ")", true};
    }
  }
}

caged_reader::outcome caged_reader::take_answer(const task& asked, int answer_file) {
  answer_message message;
  if (!process_->receive(&message, sizeof message)) {
    const auto progress = progress_in(answer_file);
    const auto how = process_->end();
    rest();
    log::warn("reader_replaced", {{"reason", how}});
    if (progress.begun == 0)
      return unusable{"the reader of images has ended: " + how};
    return died{std::min<std::size_t>(progress.picture, pictures_of(asked) - 1), how};
  }
  if (message.short_of_memory != 0)
    rest();
  auto bytes = seal(answer_file) ? map_sealed(answer_file) : std::nullopt;
  const auto size = bytes ? bytes->view.size() : 0;
  const auto* draw = std::get_if<draw_task>(&asked);
  const bool fits = size >= answer_start && message.answer_size <= size - answer_start &&
                    message.montage_size == size - answer_start - message.answer_size &&
                    message.montage_size <= (draw == nullptr ? 0 : draw->limits.bytes);
  auto said = fits ? decode_answer(bytes->view.substr(answer_start, message.answer_size), asked) : std::nullopt;
  if (said)
    if (const auto* d = std::get_if<drawn>(&*said);
        d != nullptr && d->as_sent.has_value() != (message.montage_size == 0))
      said.reset();
  if (!said) {
    rest();
    log::error("reader_replaced", {{"reason", "its answer is damaged"}});
    return damaged{};
  }
  held_bytes montage;
  if (message.montage_size > 0)
    montage = {bytes->view.substr(answer_start + message.answer_size), bytes->owner};
  return answered{std::move(*said), std::move(montage), message.short_of_memory != 0};
}

} // namespace glyphgate::vision
