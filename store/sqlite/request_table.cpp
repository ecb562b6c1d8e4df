#include "store/sqlite/request_table.hpp"

#include "store/sqlite/damage.hpp"

namespace glyphgate::store {

request_table::request_table(database& db)
    : forget_{db, "DELETE FROM requests WHERE owner = ? AND key = ? AND EXISTS (SELECT 1 FROM jobs WHERE id = ?)"},
      insert_{db, "INSERT INTO requests (owner, key, request, job, told, identical) "
                  "SELECT ?1, ?2, ?3, number, ?5, ?6 FROM jobs WHERE id = ?4"},
      load_{db, "SELECT requests.owner, key, request, jobs.id, told, identical FROM requests JOIN jobs "
                "ON jobs.number = requests.job ORDER BY requests.number"} {}

bool request_table::note(const note_request& noted) {
  const auto& [owner, key, job, told, identical] = noted.request;
  forget_.run(owner, key.text, job);
  if (noted.instead_of)
    forget_.run(owner, *noted.instead_of, job);
  return insert_.run(owner, key.text, key.request, job, to_string(told), identical ? 1 : 0) != 0;
}

std::vector<answered_request> request_table::load() {
  std::vector<answered_request> all;
  for (auto row = load_.query(); row.next();) {
    answered_request r;
    r.owner = row.bytes(0);
    r.key = {std::string{row.bytes(1)}, row.digest_of(2)};
    r.job = row.bytes(3);
    const auto told = job_status_of(row.bytes(4));
    if (!told)
      throw damaged_value{"the database holds a damaged status"};
    r.told = *told;
    r.identical = row.integer(5) != 0;
    all.push_back(std::move(r));
  }
  return all;
}

} // namespace glyphgate::store
