#pragma once

#include "core/quote.hpp"
#include "core/registry/job_sifting.hpp"
#include "core/registry/registry_core.hpp"
#include "core/registry/seating.hpp"
#include "core/registry/waiting_lines.hpp"

#include <unordered_map>

namespace glyphgate {

/// Tells what a job would come to, by the way that `job_admission` takes it in, and leaves everything as it is. Part of
/// the registry.
class job_quotes {
public:
  job_quotes(registry_core& core, const seating& seats, const waiting_lines& lines, const job_sifting& sieve)
      : core_{core},
        seats_{seats},
        lines_{lines},
        sieve_{sieve} {}

  void ask(const registry_event::quote& e);

  // Answers to this part's questions. False when the question is not of this part.
  bool recalled(const registry_event::recalled& e);
  bool store_told(const registry_event::store_told& e);
  bool breaker_told(const registry_event::breaker_told& e);
  bool checked(const registry_event::reserved& e);

private:
  struct open {
    asker from = 0;
    std::shared_ptr<const job_spec> spec;
    quote told;
    recent_readings::mark asked_store = 0;
    /// The reservations of the open calls that it would board.
    std::vector<reservation_id> boards{};
    std::uint64_t store_room = 0;
  };

  /// The question that was answered; none when it is not of this part.
  std::optional<open> take(question q);
  question next(open o);
  void recall(open o);
  /// Places for what is to be sent; for a job that is to be sifted new calls for all of it, which is the most.
  seating::places places_for(const job_spec& spec, const picture_indices& to_send) const;
  void check(open o);
  /// The limits have no room for it; what it is told unless it waits.
  void denied(open o, const admission& answered, submission refused) const;
  void answer(open o) const;
  void refuse(open o, submission why) const;

  registry_core& core_;
  const seating& seats_;
  const waiting_lines& lines_;
  const job_sifting& sieve_;
  std::unordered_map<question, open> asked_;
};

} // namespace glyphgate
