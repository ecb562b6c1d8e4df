#pragma once

#include "vision/picture_header.hpp"
#include "vision/reader/files_along.hpp"
#include "vision/reader/picture_memory.hpp"
#include "vision/reader/picture_reader.hpp"
#include "vision/reader/protocol.hpp"
#include "vision/reader/reader_process.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glyphgate::vision {

struct reader_settings {
  /// The program `glyphgate-reader`.
  std::filesystem::path program;
  /// Off, the reader is a process of its own still, but may do what the service may.
  bool caged = true;
  /// How long a picture may take: to be decoded for a montage, and to be decoded and read by the embedded engine. To be
  /// looked at, a document may take as long as a picture to be decoded.
  std::chrono::milliseconds decoding_time{30'000};
  std::chrono::milliseconds reading_time{60'000};
  /// Shared with the readers of the other workers.
  std::shared_ptr<picture_memory> memory;
  /// Where a model of an engine is, by Tesseract's code or ppocr's name for it; nothing where it is not installed.
  std::function<std::optional<std::filesystem::path>(std::string_view name)> model_file;
  /// The library that ppocr runs on; empty where that engine is absent.
  std::filesystem::path runtime{};
};

/// Reads pictures in a process of its own (`reader_process`), which it starts when there is one to read. The process
/// may take a share of `reader_settings::memory` for what it has in hand. One that dies, takes longer than a picture
/// may, or is short of memory costs that picture an error, and is replaced: the others go on. It is killed when the
/// work is stopped, and at `rest`.
class caged_reader final : public picture_reader {
public:
  explicit caged_reader(std::shared_ptr<const reader_settings> settings);

  made_montage draw(const std::vector<picture>& pictures, const montage_limits& limits,
                    const std::stop_token& stop) override;
  std::variant<picture_outcome, call_failure> read(const picture& one, const reading_request& how,
                                                   const std::stop_token& stop) override;
  sift_outcome sift(const std::vector<picture>& pictures, const sieve_options& options,
                    const std::stop_token& stop) override;
  looked_at_document look(const held_bytes& file, const document_request& request,
                          const std::stop_token& stop) override;
  void rest() override;

private:
  /// Its answer is damaged: some picture has got hold of it.
  struct damaged {};
  /// The reader has answered.
  struct answered {
    protocol::answer said;
    held_bytes montage;
    bool short_of_memory = false;
  };
  /// It has died, or was killed, with that picture in hand.
  struct died {
    std::size_t picture = 0;
    std::string how;
    /// It may go better another time.
    bool may_pass = false;
  };
  /// There is none, whatever the picture.
  struct unusable {
    std::string why;
  };
  struct stopped {};
  using outcome = std::variant<answered, died, damaged, unusable, stopped>;

  /// Asks, in a fresh process where there is none, and once more in a fresh one where the one that was there has died
  /// before it began, or was short of memory.
  outcome ask(const protocol::task& asked, const files_along& files, std::uint64_t memory, const std::stop_token& stop);
  outcome ask_once(const protocol::task& asked, const files_along& files, std::uint64_t memory,
                   const std::stop_token& stop);
  /// How long a picture of the task may take.
  std::chrono::milliseconds time_for(const protocol::task& asked) const;
  /// Whether a process is there that can do what is asked; else starts one.
  void start_for(const protocol::task& asked);
  outcome wait(const protocol::task& asked, int answer_file, const std::stop_token& stop);
  outcome take_answer(const protocol::task& asked, int answer_file);

  std::shared_ptr<const reader_settings> settings_;
  std::unique_ptr<reader_process> process_;
  /// Whether it has ppocr's library.
  bool has_runtime_ = false;
  /// Whether it can read documents.
  bool has_documents_ = false;
  /// What it has got of the engines' models.
  std::set<std::string, std::less<>> models_;
};

} // namespace glyphgate::vision
