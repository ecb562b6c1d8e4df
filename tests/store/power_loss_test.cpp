#include "memory_disk.hpp"
#include "payload_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support.hpp"
#include "workload.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <random>

namespace glyphgate::store {

namespace {

constexpr int rounds = 400;

std::uint64_t first_seed() {
  const auto* given = std::getenv("GLYPHGATE_TEST_SEED");
  return given != nullptr ? std::stoull(given) : std::random_device{}();
}

std::vector<choice> random_choices(std::mt19937_64& random) {
  std::vector<choice> choices(1 + random() % 4);
  for (auto& c : choices)
    c = random_choice(random);
  return choices;
}

// One data directory through several losses of power.
class round {
public:
  explicit round(std::uint64_t seed) : random_{seed} {
    config_.data_dir = dir_.path() / "data";
    config_.vfs = memory_disk::name;
  }
  ~round() { trouble_ = {}; }

  // Opens the store, works and loses power at some step, again and again.
  void run(int lives) {
    for (int life = 0; life < lives; ++life) {
      trouble_.operations_left = static_cast<std::int64_t>(1 + random_() % (life % 2 == 0 ? 60 : 300));
      live();
      disk_.lose_power(random_);
      files_.lose_power(random_);
      trouble_ = {};
      const auto integrity = disk_.check_integrity(database_);
      BOOST_TEST((integrity == "ok"), integrity);
    }
    recover_and_compare(*open_sqlite_store(config_));
  }

private:
  void live() {
    try {
      const auto real = open_sqlite_store(config_);
      recover_and_compare(*real);
      for (;;)
        commit(*real);
    } catch (const store_error&) {
      BOOST_TEST(trouble_.power_is_off());
    } catch (const outcome_unknown&) {
      BOOST_TEST(trouble_.power_is_off());
    }
  }

  void recover_and_compare(job_store& real) {
    work_.pass(std::chrono::seconds{1});
    // Where the power failed during a commit, either all of it is there or nothing. Where it failed during a recovery,
    // the same: so these possibilities stay.
    auto before = possible_;
    for (auto& model : before) {
      auto recovered = model;
      recovered.recover(work_.now());
      possible_.push_back(std::move(recovered));
    }
    const auto found = describe(real.recover(work_.now()));
    for (auto& model : before)
      if (describe(model.recover(work_.now())) == found) {
        possible_ = {model};
        return;
      }
    BOOST_ERROR("the store recovered what was never committed:\n"
                << found << "\ninstead of\n"
                << describe(before.back().recover(work_.now())));
    possible_ = {before.back()};
  }

  void commit(job_store& real) {
    const auto batch = work_.make_batch(random_choices(random_), possible_.front());
    auto after = possible_.front();
    const auto expected = after.commit(batch);
    possible_.push_back(after);
    const auto verdicts = store::commit(real, batch);
    BOOST_TEST((verdicts == expected));
    possible_ = {std::move(after)};
  }

  std::mt19937_64 random_;
  disk_trouble& trouble_ = disk_trouble::instance();
  temporary_directory dir_{in_memory()};
  sqlite_store_config config_;
  std::string database_ = (dir_.path() / "data" / "glyphgate.db").string();
  memory_disk disk_;
  payload_disk files_{dir_.path() / "data", &disk_};
  workload work_;
  std::vector<memory_store> possible_{memory_store{}};
};

} // namespace

BOOST_AUTO_TEST_SUITE(power_loss_test)

// Whatever commit returned is there afterwards, with its pictures; a commit under way is there whole or not at all.
BOOST_AUTO_TEST_CASE(what_was_committed_survives_a_loss_of_power_at_any_step) {
  const auto seed = first_seed();
  std::cout << "GLYPHGATE_TEST_SEED=" << seed << std::endl;
  for (int i = 0; i < rounds; ++i)
    BOOST_TEST_CONTEXT("GLYPHGATE_TEST_SEED=" << seed + static_cast<std::uint64_t>(i))
  round{seed + static_cast<std::uint64_t>(i)}.run(5);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace glyphgate::store
