#include "http/surfaces/surface.hpp"

#include <utility>

namespace glyphgate::http {

void surface::finish(const exchange_ptr& ex, response r) {
  // A body that nobody read, or that was refused, does not wait for the answer's headers.
  if (!ex->request().body.empty())
    ex->request().body = {};
  send(ex, std::move(r));
}

void surface::attempt_on(decode_pool& pool, const exchange_ptr& ex, std::function<void()> work) {
  pool.post([self = shared_from_this(), ex, work = std::move(work)] { self->attempt(ex, work); });
}

} // namespace glyphgate::http
