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
  if (threads_)
    asio::post(threads_->pool, std::move(work));
}

void decode_pool::stop() {
  stopping_ = true;
  if (!threads_)
    return;
  threads_->pool.stop();
  threads_->pool.join();
  threads_.reset();
}

} // namespace glyphgate::http
