#pragma once

#include "core/log.hpp"
#include "http/surfaces/entrance.hpp"
#include "http/uploads/decode_pool.hpp"
#include "http/wire/contained.hpp"
#include "http/wire/exchange.hpp"
#include "http/wire/problem.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace glyphgate::http {

/// Some of the service's paths, with one way to answer and to refuse. Shared with the callbacks that are under way,
/// which may come from any thread.
class surface : public std::enable_shared_from_this<surface> {
public:
  virtual ~surface() = default;

  /// Whether the path is one of its own.
  virtual bool serves(std::string_view path) const = 0;

  /// Whether a request for that path, one of its own, shows that somebody needs the service.
  virtual bool is_use(std::string_view path) const = 0;

  /// The methods of that path, one of its own, as Allow lists them; empty where there is none such after all. OPTIONS
  /// is not among them: every path has it.
  virtual std::string_view methods_of(std::string_view path) const = 0;

  /// The pattern of that path, one of its own; empty where there is none such after all. Has static storage.
  virtual std::string_view route_of(std::string_view path) const = 0;

  /// Who may use that path, one of its own.
  virtual access access_to(std::string_view /*path*/, const request& /*r*/) const { return access::with_key; }

  /// Whether its clients may put their key into the query, as Google's do.
  virtual bool takes_key_in_query() const { return false; }

  /// Answers the request, now or later. Does not block, and may throw.
  virtual void handle(const exchange_ptr& ex) = 0;

  /// Answers with a refusal.
  void refuse(const exchange_ptr& ex, const problem& why) { finish(ex, render(why)); }

  /// Does `work`, and answers 500 when it throws: nothing may reach the threads that call in.
  template <class Work>
  void attempt(const exchange_ptr& ex, Work&& work) noexcept {
    contained("request_failed", [&] {
      try {
        work();
      } catch (const std::exception& failure) {
        log::error("request_failed", {{"request_id", ex->request_id()}, {"error", failure.what()}});
        refuse(ex, make_problem(ec::internal));
      }
    });
  }

  /// From now on it takes no new work. Thread-safe.
  void refuse_new_work() { refusing_ = true; }

  /// Takes no new work, and returns when nothing runs any more on threads of its own. From any thread.
  virtual void stop() { refuse_new_work(); }

protected:
  /// A refusal as this surface's clients understand it: a problem, where nothing else is said.
  virtual response render(const problem& why) const { return to_response(why); }

  /// Sends an answer, with what each of the surface's answers has.
  virtual void send(const exchange_ptr& ex, response r) { ex->answer(std::move(r)); }

  /// Frees the request's body and sends the answer.
  void finish(const exchange_ptr& ex, response r);

  /// As `finish`, for a JSON body that is made anew each time: packed by gzip where the client prefers that and it is
  /// worth it. `pool` is where that is done.
  void finish_packed(decode_pool& pool, const exchange_ptr& ex, response r);

  /// Attempts `work` on a thread that may take its time.
  void attempt_on(decode_pool& pool, const exchange_ptr& ex, std::function<void()> work);

  bool refuses_new_work() const { return refusing_; }

private:
  std::atomic<bool> refusing_{false};
};

} // namespace glyphgate::http
