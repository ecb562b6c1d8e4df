#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace glyphgate::vision {

/// The memory that pictures may take while they are read, shared by all workers. Whoever decodes one takes its share
/// first, and waits for it. Thread-safe.
class picture_memory : public std::enable_shared_from_this<picture_memory> {
public:
  explicit picture_memory(std::uint64_t bytes) : size_{bytes} {}

  /// What was taken; given back at the end of its life.
  class share {
  public:
    share(std::shared_ptr<picture_memory> from, std::uint64_t bytes) : from_{std::move(from)}, bytes_{bytes} {}
    share(share&&) = default;
    share& operator=(share&&) = delete;
    ~share() {
      if (from_)
        from_->give_back(bytes_);
    }

    std::uint64_t bytes() const { return bytes_; }

  private:
    std::shared_ptr<picture_memory> from_;
    std::uint64_t bytes_;
  };

  std::uint64_t size() const { return size_; }
  std::uint64_t taken() const;

  /// Waits until so much is free, first come, first served. Nothing when it was stopped, and when it is more than there
  /// ever is.
  std::optional<share> take(std::uint64_t bytes, const std::stop_token& stop);

private:
  void give_back(std::uint64_t bytes);

  const std::uint64_t size_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t taken_ = 0;
  /// Whoever waits, by number, in their order.
  std::list<std::uint64_t> line_;
  std::uint64_t last_ = 0;
};

} // namespace glyphgate::vision
