#pragma once

#include "core/call.hpp"
#include "core/price.hpp"
#include "vision/picture_header.hpp"
#include "vision/progress.hpp"
#include "vision/reader/picture_reader.hpp"
#include "vision/sieve.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::vision {

/// Reads the pictures of planned calls, one call at a time. Owned by one worker and used on that worker's thread only;
/// it blocks. Every other failure is in the outcome: it throws nothing but std::bad_alloc, and that only before the
/// first byte of the call's request has left the process.
class engine {
public:
  virtual ~engine() = default;

  /// Recognises every picture of `call`. A picture that cannot be read gets an error of its own and the others still
  /// succeed. Ends soon after `stop` is requested, with `ec::cancelled`.
  virtual call_outcome annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) = 0;

  /// Between two calls: none is expected soon. Lets go of what can be had again.
  virtual void rest() {}
};

/// An engine, as people are told of it.
struct listed_engine {
  /// "tesseract", …
  std::string name;
  /// Empty where it is not known.
  std::string version;
  /// What it reads: BCP 47 tags, or the engine's own codes. Empty where it has no list.
  std::vector<std::string> languages;
  /// Why it is not there, with the mend; empty where it is.
  std::string absent;
};

class picture_memory;
class picture_reader;

/// A kind of engine: what the service must know before it makes one. Immutable; usable from any thread.
class engine_provider {
public:
  virtual ~engine_provider() = default;

  /// "google", "local", …
  virtual std::string_view name() const = 0;

  /// Whatever, besides a picture and its hints, decides what is read in it: the engine and its settings. Recognitions
  /// are remembered under it.
  virtual std::string recognition_scope() const = 0;

  /// 0 when the engine costs nothing.
  virtual micro_dollars price_per_call() const = 0;

  /// Whether it reads a call's pictures as one montage, for the price of one. One that reads each picture by itself
  /// gains nothing from sharing calls.
  virtual bool reads_montages() const = 0;

  /// Which of the language hints (BCP 47 tags) the engine cannot serve, each with the reason and the mend, for the
  /// client to read. Empty when all are fine.
  virtual std::vector<std::string> refuse_hints(const std::vector<std::string>& hints) const = 0;

  /// What reading the picture takes at its peak, bytes.
  virtual std::uint64_t memory_of(const picture_header& header) const = 0;

  /// What its readers take of memory for pictures; null where they are given no bound.
  virtual std::shared_ptr<const picture_memory> memory() const { return nullptr; }

  /// As `engine_description::stands_for`.
  virtual std::vector<std::string> stands_for() const { return {}; }

  /// The engines that read, and those that would if they were there.
  virtual std::vector<listed_engine> engines() const { return {}; }

  /// A new engine; cheap, heavy parts are made at its first call.
  virtual std::unique_ptr<engine> make() const = 0;

  /// A new reader of pictures, for who needs them drawn or documents looked at; cheap, its process is started at its
  /// first use. Null where this kind has none.
  virtual std::unique_ptr<picture_reader> make_reader() const { return nullptr; }

  /// A new sieve in front of this engine; cheap, heavy parts are made at its first use. Null where there is none.
  virtual std::unique_ptr<sieve> make_sieve() const { return nullptr; }

  /// Whatever, besides a picture, its hints and the options, decides what the sieve says: its engine, with models and
  /// calibration. Empty where there is none.
  virtual std::string sieve_scope() const { return {}; }
};

} // namespace glyphgate::vision
