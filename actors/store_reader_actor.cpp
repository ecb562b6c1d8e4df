#include "actors/store_reader_actor.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>

namespace glyphgate {

store_reader_actor::behavior_type store_reader(store_reader_actor::pointer self,
                                               const std::shared_ptr<store::job_reader>& reader,
                                               const store_writer_actor& writer) {
  const auto read = [=](const auto& what) -> caf::result<decltype(what())> {
    try {
      return what();
    } catch (const store::store_error& e) {
      self->send(writer, report_atom::value, std::string{e.what()});
      return ec::store_unavailable;
    }
  };
  return {
      [=](recall_atom, const digests_ptr& keys) { return read([&] { return reader->recall(*keys); }); },
      [=](accounts_atom, timestamp from, timestamp to) {
        return read([&]() -> account_entries {
          return std::make_shared<const std::vector<account_entry>>(reader->read_accounts(from, to));
        });
      },
      [=](pictures_atom, const job_id& id) {
        return read([&]() -> kept_pictures_ptr { return reader->read_pictures(id); });
      },
      [=](read_atom, const job_id& id) { return read([&]() -> job_result_ptr { return reader->read_result(id); }); },
  };
}

} // namespace glyphgate
