#include "http/formats/srt.hpp"

#include "http/formats/escape.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds without_successor = std::chrono::seconds{2};
constexpr milliseconds longest_hold = std::chrono::seconds{5};

std::string padded(std::int64_t number, std::size_t digits) {
  auto text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::string stamp(milliseconds time) {
  const auto all = time.count();
  return padded(all / 3'600'000, 2) + ':' + padded(all / 60'000 % 60, 2) + ':' + padded(all / 1000 % 60, 2) + ',' +
         padded(all % 1000, 3);
}

// An empty line would end the cue, and an arrow is what times have between them.
std::string caption_of(std::string_view text) {
  std::string caption;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    auto clean = on_one_line(line);
    for (auto arrow = clean.find("-->"); arrow != std::string::npos; arrow = clean.find("-->"))
      clean.erase(arrow, 1);
    if (!clean.empty())
      caption += (caption.empty() ? "" : "\n") + clean;
  }
  return caption;
}

class srt_renderer : public renderer {
public:
  srt_renderer(job_extract job, picture_times times) : job_{std::move(job)}, times_{std::move(times)} {}

  void render(std::size_t number, outbox& out) override {
    const auto& read = job_.picture(number).outcome.recognised;
    if (!read)
      return;
    const auto time = times_[number];
    const auto caption = caption_of(text_of(*read));
    if (open_ && on_one_line(open_->caption) == on_one_line(caption)) {
      open_->last = time;
      return;
    }
    close(time, out);
    if (!caption.empty())
      open_ = cue{caption, time, time};
  }

  void end(outbox& out) override {
    if (open_)
      close(open_->last + without_successor, out);
  }

private:
  struct cue {
    std::string caption;
    milliseconds begin;
    /// Of its last picture.
    milliseconds last;
  };

  void close(milliseconds next, outbox& out) {
    if (!open_)
      return;
    const auto end = std::min(next, open_->last + longest_hold);
    out << std::to_string(++written_) << '\n'
        << stamp(open_->begin) << " --> " << stamp(end) << '\n'
        << open_->caption << "\n\n";
    open_.reset();
  }

  job_extract job_;
  picture_times times_;
  std::optional<cue> open_;
  std::size_t written_ = 0;
};

} // namespace

std::unique_ptr<renderer> make_srt_renderer(job_extract job, picture_times times) {
  return std::make_unique<srt_renderer>(std::move(job), std::move(times));
}

} // namespace glyphgate::http
