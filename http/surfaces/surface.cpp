#include "http/surfaces/surface.hpp"

#include "http/wire/content_coding.hpp"

#include <utility>

namespace glyphgate::http {

void surface::finish(const exchange_ptr& ex, response r) {
  // A body that nobody read, or that was refused, does not wait for the answer's headers.
  if (!ex->request().body.empty())
    ex->request().body = {};
  send(ex, std::move(r));
}

void surface::finish_packed(decode_pool& pool, const exchange_ptr& ex, response r) {
  r.add_header("Vary", "Accept-Encoding");
  if (!is_worth_packing(*r.body) || !wants_gzip(ex->request().header("accept-encoding")))
    return finish(ex, std::move(r));
  attempt_on(pool, ex, [this, ex, r] {
    auto answer = r;
    if (auto packed = gzipped(*r.body)) {
      answer.body = std::make_shared<const std::string>(*std::move(packed));
      answer.add_header("Content-Encoding", "gzip");
    }
    finish(ex, std::move(answer));
  });
}

void surface::attempt_on(decode_pool& pool, const exchange_ptr& ex, std::function<void()> work) {
  pool.post([self = shared_from_this(), ex, work = std::move(work)] { self->attempt(ex, work); });
}

} // namespace glyphgate::http
