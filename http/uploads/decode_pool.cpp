#include "http/uploads/decode_pool.hpp"

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

#include <utility>

namespace glyphgate::http {

struct decode_pool::threads {
  explicit threads(std::size_t count) : pool{count} {}
  asio::thread_pool pool;
};

decode_pool::decode_pool(std::size_t count) : threads_{std::make_unique<threads>(count)} {}

decode_pool::~decode_pool() {
  stop();
}

void decode_pool::post(std::function<void()> work) {
  const std::lock_guard lock{mutex_};
  if (threads_)
    asio::post(threads_->pool, std::move(work));
}

void decode_pool::stop() {
  stopping_ = true;
  std::unique_ptr<threads> ending;
  {
    const std::lock_guard lock{mutex_};
    ending = std::move(threads_);
  }
  if (!ending)
    return;
  ending->pool.stop();
  ending->pool.join();
}

} // namespace glyphgate::http
