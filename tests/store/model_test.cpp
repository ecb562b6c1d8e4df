#include "memory_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "workload.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

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

void check_reads(job_store& real, memory_store& model) {
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
      break;
    }
    }
    check_reads(*real, model);
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
