#include "memory_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "workload.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include <filesystem>
#include <map>

namespace glyphgate::store {

namespace {

// What the test does next: a commit of some transactions, or another start, or a sweep.
struct step {
  enum class kind : std::uint8_t { commit, reopen, sweep } what = kind::commit;
  std::vector<choice> choices;
};

void showValue(const step& s, std::ostream& out) {
  out << static_cast<int>(s.what);
  for (const auto& c : s.choices)
    out << " {" << c[0] << ',' << c[1] << ',' << c[2] << ',' << c[3] << '}';
}

rc::Gen<step> any_step() {
  const auto number = rc::gen::inRange<std::uint32_t>(0, 1000);
  const auto choices = rc::gen::container<std::vector<choice>>(rc::gen::container<choice>(number));
  const auto what =
      rc::gen::weightedElement<step::kind>({{12, step::kind::commit}, {2, step::kind::reopen}, {1, step::kind::sweep}});
  return rc::gen::build<step>(rc::gen::set(&step::what, what),
                              rc::gen::set(&step::choices, rc::gen::resize(6, choices)));
}

void check_reads(job_store& store, memory_store& model) {
  const auto reader = store.open_reader();
  auto& real = *reader;
  for (const auto& [id, row] : model.jobs()) {
    RC_ASSERT(describe(real.read_result(id).get()) == describe(model.read_result(id).get()));
    const auto& keys = row.accepted.spec->recognition_keys;
    const auto known = real.recall(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      // Any job's recognition of the key will do.
      bool any = false;
      bool same = false;
      for (const auto& [other_id, other] : model.jobs())
        for (std::size_t k = 0; k < other.outcomes.size(); ++k)
          if (other.accepted.spec->recognition_keys[k] == keys[i] && other.outcomes[k].recognised) {
            any = true;
            same = same || (known[i] && *known[i] == *other.outcomes[k].recognised);
          }
      RC_ASSERT((known[i] != nullptr) == any);
      RC_ASSERT(same == any);
    }
  }
  RC_ASSERT(real.read_result("nowhere") == nullptr);
}

bool is_paid(const memory_store::spend_row& spend) {
  return spend.state == memory_store::spend_state::settled || spend.state == memory_store::spend_state::unknown;
}

// Each attempt that somebody pays for is paid for in whole.
void check_shares(const memory_store& model) {
  for (const auto& [id, shares] : model.shares()) {
    const auto& spend = model.spends().at(id);
    if (shares.empty() || !is_paid(spend))
      continue;
    cost sum;
    for (const auto& share : shares)
      sum += share.pays;
    RC_ASSERT(sum == (cost{whole_call, spend.price.value_or(0)}));
  }
}

// As long as no spend is forgotten, each job has paid its shares.
void check_jobs_shares(const memory_store& model) {
  std::map<job_id, cost> paid;
  for (const auto& [id, shares] : model.shares())
    if (is_paid(model.spends().at(id)))
      for (const auto& share : shares)
        paid[share.job] += share.pays;
  for (const auto& [id, row] : model.jobs())
    RC_ASSERT(row.share == paid[id]);
}

// The same of the database, and what else must hold there. It is read through another connection.
void check_shares(const std::filesystem::path& file, bool swept) {
  const auto none = [&](const std::string& query) { RC_ASSERT(sql(file, query).empty()); };
  none("SELECT reservation FROM ledger JOIN shares USING (reservation) WHERE state IN ('settled', 'unknown') "
       "GROUP BY reservation "
       "HAVING sum(shares.calls) <> 1000000 OR sum(shares.price) <> ifnull(max(ledger.price), 0)");
  none("SELECT reservation FROM shares WHERE reservation NOT IN "
       "(SELECT reservation FROM ledger WHERE state IN ('begun', 'settled', 'unknown'))");
  none("SELECT job FROM pictures WHERE call IS NOT NULL AND call NOT IN (SELECT id FROM calls WHERE NOT closed)");
  none("SELECT id FROM calls WHERE origin NOT IN (SELECT origin FROM calls WHERE NOT closed)");
  if (!swept)
    none("SELECT number FROM jobs LEFT JOIN "
         "(SELECT job, sum(shares.calls) AS calls, sum(shares.price) AS price "
         "FROM shares JOIN ledger USING (reservation) WHERE state IN ('settled', 'unknown') GROUP BY job) AS paid "
         "ON paid.job = number WHERE share_calls <> ifnull(calls, 0) OR share_price <> ifnull(price, 0)");
}

void behave_alike(int size, const char* vfs) {
  const auto steps = *rc::gen::resize(size, rc::gen::container<std::vector<step>>(any_step()));
  const temporary_directory dir{in_memory()};
  sqlite_store_config config;
  config.data_dir = dir.path();
  config.vfs = vfs;
  memory_store model;
  workload work;
  auto real = open_sqlite_store(config);
  RC_ASSERT(describe(real->recover(work.now())) == describe(model.recover(work.now())));
  bool swept = false;
  for (const auto& s : steps) {
    switch (s.what) {
    case step::kind::commit: {
      const auto batch = work.make_batch(s.choices, model);
      RC_ASSERT(commit(*real, batch) == model.commit(batch));
      break;
    }
    case step::kind::reopen:
      work.pass(std::chrono::seconds{1});
      real.reset();
      real = open_sqlite_store(config);
      RC_ASSERT(describe(real->recover(work.now())) == describe(model.recover(work.now())));
      break;
    case step::kind::sweep: {
      const auto before = work.now() - duration{s.choices.size() * 500'000};
      real->sweep_spends_before(before);
      model.sweep_spends_before(before);
      swept = true;
      break;
    }
    }
    check_reads(*real, model);
    check_shares(model);
    if (!swept)
      check_jobs_shares(model);
    if (config.vfs.empty())
      check_shares(dir.path() / "glyphgate.db", swept);
  }
  real.reset();
  RC_ASSERT(describe(open_sqlite_store(config)->recover(work.now())) == describe(model.recover(work.now())));
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_test)

BOOST_AUTO_TEST_CASE(sqlite_does_what_memory_does) {
  BOOST_TEST(rc::check("same verdicts, same recovery, same results", [] { behave_alike(10, ""); }));
}

BOOST_AUTO_TEST_CASE(sqlite_does_what_memory_does_at_length) {
  BOOST_TEST(rc::check("same verdicts, same recovery, same results, on a disk in memory", [] {
    const memory_disk disk;
    behave_alike(80, memory_disk::name);
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
