#pragma once

#include "core/registry/registry_core.hpp"

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

namespace glyphgate {

/// Finds places in calls for the pictures of a job, and takes them. Part of the registry.
///
/// A picture whose content is aboard an open call rides in the seat that is there, wherever the call is on its way. Any
/// other joins the first call that takes it, among those that fill in the same company; what finds none opens new
/// calls. A job that is on its way in with new calls is an opener: whoever could join those stands by until they are
/// there, or are not to be.
class seating {
public:
  explicit seating(registry_core& core) : core_{core} {}

  /// Places for some of a job's pictures.
  struct places {
    /// A picture and the call that it rides in or joins.
    using pair = std::pair<std::uint32_t, call_id>;
    std::vector<pair> riding;
    std::vector<pair> joining;
    std::vector<picture_indices> new_calls;
    /// Whether a picture that was to ride there rides no more: its call is over, and may have read it.
    bool has_lost(const std::vector<pair>& rides) const;

    /// A call that is about to come or to go decides where some of them belong; the others have no place yet.
    bool stand_by = false;
  };

  /// Finds places, and takes none. `id` is the job's own, which does not stand by for itself.
  places find(const job_id& id, const job_spec& spec, const picture_indices& to_send) const;

  /// The reservations of the open calls that it rides in or joins.
  std::vector<reservation_id> reservations_of(const places& found) const;

  /// Whether one of those is not among `asked`: it came meanwhile.
  bool has_other_reservations(const places& found, const std::vector<reservation_id>& asked) const;

  /// Boards the calls that are there. What the store is to be told, the new calls included, whose reservations count
  /// from `first`.
  std::vector<boarding> board(const job_id& id, const job_spec& spec, const places& found, reservation_id first);

  /// It is durable: opens the new calls, and returns all calls that the job is aboard. The job has not ended.
  std::vector<call_id> confirm(const job_id& id, const std::vector<boarding>& aboard);

  /// The job is on its way in with these new calls, or with none any more.
  void expect(const job_id& id, const job_spec& spec, const std::vector<picture_indices>& new_calls);
  void expect_none(const job_id& id);

  /// Calls that are on their way in.
  std::size_t expected() const;

private:
  struct opener {
    job_id id;
    company with;
    std::unordered_set<digest> seats;
    std::vector<extent> loads;
  };

  /// Whether pictures of that company may ride in seats that are there: those of another owner may, where what is read
  /// for one is remembered for all.
  bool may_ride(const company& who, const company& with) const;
  bool is_expected(const job_id& id, const digest& seat) const;
  bool may_join_expected(const job_id& id, const company& with, const picture_info& info) const;

  registry_core& core_;
  std::vector<opener> openers_;
};

} // namespace glyphgate
