#include "actors/persistence.hpp"

namespace glyphgate {

namespace {

constexpr duration store_retry_delay = std::chrono::seconds{1};

} // namespace

void persistence::commit(transactions_ptr unit, std::function<void()> then) {
  ++open_;
  context_.self->request(context_.setup.store, store_timeout, commit_atom::value, unit)
      .then(
          [=, this](const verdicts&) {
            --open_;
            tell_limiter(*unit);
            then();
          },
          [=, this](const caf::error&) {
            // It stays open meanwhile, so that a stop waits for it.
            context_.later(store_retry_delay, [=, this] {
              --open_;
              commit(unit, then);
            });
          });
}

void persistence::tell_limiter(const std::vector<store::transaction>& transactions) {
  for (const auto& t : transactions) {
    if (const auto* settled = std::get_if<store::settle_spend>(&t))
      context_.self->send(context_.setup.limiter, settle_atom::value, settled->reservation);
    else if (const auto* released = std::get_if<store::release_spend>(&t))
      context_.self->send(context_.setup.limiter, release_atom::value, released->reservation);
  }
}

} // namespace glyphgate
