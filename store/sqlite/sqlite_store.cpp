#include "store/sqlite/sqlite_store.hpp"

#include "core/failpoint.hpp"
#include "core/log.hpp"
#include "core/private_file.hpp"
#include "store/sqlite/call_table.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/job_readings.hpp"
#include "store/sqlite/job_tables.hpp"
#include "store/sqlite/ledger.hpp"
#include "store/sqlite/payload_files.hpp"
#include "store/sqlite/request_table.hpp"
#include "store/sqlite/schema.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <unordered_set>
#include <utility>

namespace glyphgate::store {

namespace {

constexpr const char* database_name = "glyphgate.db";
constexpr const char* payloads_name = "payloads";

constexpr const char* lost_error = "the service lost this image's bytes before it was read: submit it again";

struct step_failpoints {
  failpoint::site_name before_commit;
  failpoint::site_name after_commit;
};

// In the order of `transaction`'s alternatives.
constexpr std::array<step_failpoints, std::variant_size_v<transaction>> failpoints{{
    {"store.accept.before_commit", "store.accept.after_commit"},
    {"store.begin.before_commit", "store.begin.after_commit"},
    {"store.settle.before_commit", "store.settle.after_commit"},
    {"store.release.before_commit", "store.release.after_commit"},
    {"store.carry_over.before_commit", "store.carry_over.after_commit"},
    {"store.retry.before_commit", "store.retry.after_commit"},
    {"store.split.before_commit", "store.split.after_commit"},
    {"store.close.before_commit", "store.close.after_commit"},
    {"store.end.before_commit", "store.end.after_commit"},
    {"store.forget.before_commit", "store.forget.after_commit"},
    {"store.adopt.before_commit", "store.adopt.after_commit"},
    {"store.pause.before_commit", "store.pause.after_commit"},
    {"store.board.before_commit", "store.board.after_commit"},
    {"store.give_up.before_commit", "store.give_up.after_commit"},
    {"store.sift.before_commit", "store.sift.after_commit"},
    {"store.stop.before_commit", "store.stop.after_commit"},
    {"store.budget.before_commit", "store.budget.after_commit"},
    {"store.request.before_commit", "store.request.after_commit"},
}};

void pass(failpoint::site_name name) {
  if (GLYPHGATE_FAILPOINT_FAILS(name))
    throw store_error{"failpoint " + std::string{name.text}};
}

verdict verdict_of(bool applied) {
  return applied ? verdict::applied : verdict::stale;
}

// The database's file, made so that nobody but the owner may read what was recognised; SQLite gives the files beside it
// the same mode. SQLite tells when it cannot be made. The files beside it are looked at before SQLite opens them, which
// follows no symbolic links but knows nothing of the others.
std::filesystem::path database_file(const std::filesystem::path& dir) {
  auto file = dir / database_name;
  open_own_file(file);
  try {
    for (const auto* beside : {"-wal", "-shm", "-journal"})
      check_private_file(file.string() + beside);
  } catch (const foreign_file& e) {
    throw store_error{e.what()};
  }
  return file;
}

// A database that has been used, without its log: the last stop merged the log and removed it, or somebody did.
bool is_without_log(const std::filesystem::path& dir) {
  std::error_code none;
  const auto size = std::filesystem::file_size(dir / database_name, none);
  return !none && size != 0 && !std::filesystem::exists(dir / "glyphgate.db-wal", none);
}

// How long the log gets before it is merged. On a small volume it stays small beside the reserve, which it comes out
// of.
std::uint64_t log_pages(const volume_space& volume) {
  constexpr std::uint64_t page = 4096;
  constexpr std::uint64_t usual = 1000;
  const auto share = reserve_of(volume) / 4 / page;
  return volume.size == 0 ? usual : std::clamp<std::uint64_t>(share, 16, usual);
}

// Brings the database to this program's schema; returns the payloads' directory. That is made only when the schema is
// durable: where it is there and no schema is, the ledger was lost, and an empty one must not take its place. What it
// holds is cleared away where no job needs it: so it must be a directory of this one, and no link to another.
std::filesystem::path prepare(database& db, const std::filesystem::path& dir) {
  auto payloads = dir / payloads_name;
  if (std::filesystem::is_symlink(payloads))
    throw store_error{payloads.string() + " is a symbolic link: put a directory in its place, and for pictures on "
                                          "another volume move the whole data directory there"};
  if (schema_version(db) == 0 && std::filesystem::exists(payloads))
    throw store_error{"the data directory " + dir.string() +
                      " has lost its database: restore it from a backup, or "
                      "move the directory away to start with an empty ledger"};
  migrate(db, schema_steps());
  if (std::filesystem::exists(payloads))
    return payloads;
  if (db.number("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
    throw store_error{"another process uses the database in " + dir.string()};
  sync_directory(dir);
  make_directory(payloads);
  return payloads;
}

// Those that are aboard a call or wait for one, but for repeats of an earlier one.
picture_indices pictures_needed(const kept_job& job) {
  picture_indices needed;
  std::unordered_set<digest> seen;
  for (std::uint32_t i = 0; i < job.outcomes.size(); ++i) {
    const bool is_first = seen.insert(job.spec->recognition_keys[i]).second;
    if (job.aboard[i] != 0 || (is_first && !is_decided(job.outcomes[i])))
      needed.push_back(i);
  }
  return needed;
}

// Calls `act` with each job that was accepted.
template <class Act>
void for_each_accepted(std::span<const transaction> transactions, const verdicts& done, Act act) {
  for (std::size_t i = 0; i < transactions.size(); ++i)
    if (const auto* accepted = std::get_if<accept_job>(&transactions[i]); accepted && done[i] == verdict::applied)
      act(*accepted);
}

// Of the jobs that were accepted.
void write_payloads(payload_batch& batch, std::span<const transaction> transactions, const verdicts& done) {
  std::size_t written = 0;
  for_each_accepted(transactions, done, [&](const accept_job& job) {
    if (payload_pictures(job).empty())
      return;
    pass("store.accept.before_payload");
    ++written;
  });
  batch.write();
  for (; written != 0; --written)
    pass("store.accept.after_payload");
}

// What is durable in a file needs no other memory. What is in no file will never be sent.
void move_pictures(const payload_batch& batch, std::span<const transaction> transactions, const verdicts& done) {
  for_each_accepted(transactions, done, [&](const accept_job& job) {
    const auto written = payload_of(job);
    const std::unordered_set<picture_bytes_ptr> kept{written.begin(), written.end()};
    for (const auto& p : job.spec->pictures)
      if (p.bytes && !kept.contains(p.bytes))
        p.bytes->let_go();
    batch.move(job.id, written);
  });
}

// Each question has a transaction of its own, which ends with the answer: the log can be merged between them.
class sqlite_reader : public job_reader {
public:
  sqlite_reader(const std::filesystem::path& dir, const sqlite_store_config& config)
      : db_{database::read_only{}, dir / database_name, config.busy_timeout, config.vfs},
        readings_{db_},
        payloads_{dir / payloads_name} {}

  std::shared_ptr<const job_result> read_result(const job_id& id) override {
    const read_transaction all{db_};
    return readings_.read_result(id);
  }

  recognitions recall(std::span<const digest> keys) override {
    const read_transaction all{db_};
    recognitions known;
    known.reserve(keys.size());
    for (const auto& key : keys)
      known.push_back(readings_.recall(key));
    return known;
  }

  std::shared_ptr<const kept_pictures> read_pictures(const job_id& id) override {
    const read_transaction all{db_};
    return readings_.read_pictures(id, payloads_);
  }

  std::vector<account_entry> read_accounts(timestamp from, timestamp to) override {
    const read_transaction all{db_};
    return store::read_accounts(db_, from, to);
  }

private:
  database db_;
  job_readings readings_;
  std::filesystem::path payloads_;
};

class sqlite_store : public job_store {
public:
  explicit sqlite_store(const sqlite_store_config& config);

  recovery recover(timestamp now) override;
  verdicts commit(batch_number number, std::span<const transaction> transactions) override;
  std::unique_ptr<job_reader> open_reader() override;
  store_room_fn room() const override;
  void sweep_spends_before(timestamp at) override;

private:
  verdict apply(const accept_job& t, payload_batch& payloads);
  verdict apply(const begin_attempt& t);
  verdict apply(const settle_spend& t);
  verdict apply(const release_spend& t);
  verdict apply(const carry_over_spend& t);
  verdict apply(const reserve_retry& t);
  verdict apply(const split_call& t);
  verdict apply(const close_call& t);
  verdict apply(const end_job& t);
  verdict apply(const forget_job& t);
  verdict apply(const adopt_job& t);
  verdict apply(const note_pause& t);
  verdict apply(const note_stop& t);
  verdict apply(const note_budget& t);
  verdict apply(const note_request& t);
  verdict apply(const board_job& t);
  verdict apply(const give_up_waiting& t);
  verdict apply(const sift_job& t);
  /// Whether those that are to be joined are open.
  bool can_board(std::span<const boarding> aboard);
  /// Opens the calls that are new, and counts the job if it boards any.
  void open_calls(std::int64_t job, const owner_name& owner, std::span<const boarding> aboard, timestamp at);
  /// A new call, with its first spend.
  void reserve_call(call_id id, call_id origin, timestamp at);
  verdicts commit_in_room(batch_number number, std::span<const transaction> transactions);
  verdicts commit_once(batch_number number, std::span<const transaction> transactions);
  /// The commit is durable.
  verdicts finish(std::span<const transaction> transactions);
  verdicts apply_all(std::span<const transaction> transactions, payload_batch& payloads);
  /// The pictures' bytes of jobs that are over are needed no more.
  void release_payloads(std::span<const transaction> transactions, const verdicts& done);
  /// Spends that the end of the process left open become UNKNOWN.
  void lose_begun(timestamp now);
  /// Reads the pictures' bytes. Those whose bytes are lost fail; `left` gets the calls that they were aboard.
  void restore_pictures(stored_job& stored, std::vector<call_id>& left);
  /// What a peak left behind in the database goes back to the file system, a bounded part at a time: where half of the
  /// file is of no use, or new work finds no room.
  void give_back_space();
  /// Closes those of the calls that nothing is aboard any more.
  void close_empty(const std::vector<call_id>& calls, timestamp now);

  sqlite_store_config config_;
  data_dir dir_;
  std::function<volume_space()> volume_;
  /// As it was before this store opened it.
  bool without_log_;
  database db_;
  payload_files payloads_;
  ledger ledger_;
  call_table calls_;
  job_tables jobs_;
  request_table requests_;
  /// The commit of which it is not known whether it took effect, and what it came to if it did.
  struct unknown_commit {
    batch_number number = 0;
    glyphgate::verdicts verdicts;
    /// Where the pictures of the jobs that it accepts are, which stay until it is known.
    std::shared_ptr<payload_batch> payloads;
  };
  std::optional<unknown_commit> unknown_;
};

sqlite_store::sqlite_store(const sqlite_store_config& config)
    : config_{config},
      dir_{config.data_dir},
      volume_{config.volume ? config.volume : [dir = dir_.path()] { return volume_of(dir); }},
      without_log_{is_without_log(dir_.path())},
      db_{database_file(dir_.path()), config.busy_timeout, config.vfs},
      payloads_{prepare(db_, dir_.path())},
      ledger_{db_},
      calls_{db_},
      jobs_{db_},
      requests_{db_} {
  db_.execute(("PRAGMA wal_autocheckpoint = " + std::to_string(log_pages(volume_()))).c_str());
}

verdicts sqlite_store::commit(batch_number number, std::span<const transaction> transactions) {
  try {
    return commit_in_room(number, transactions);
  } catch (const std::exception& e) {
    // As long as no later commit succeeded, what a failed one wrote may come back with the log after a crash.
    if (unknown_)
      throw outcome_unknown{e.what()};
    throw;
  }
}

verdicts sqlite_store::commit_in_room(batch_number number, std::span<const transaction> transactions) {
  try {
    return commit_once(number, transactions);
  } catch (const volume_full&) {
    // What the log holds is in the file twice over.
    if (!db_.empty_log())
      throw;
  }
  return commit_once(number, transactions);
}

verdicts sqlite_store::commit_once(batch_number number, std::span<const transaction> transactions) {
  db_.check_still_there();
  const bool is_repeated = unknown_ && unknown_->number == number;
  const auto payloads = is_repeated ? unknown_->payloads : std::make_shared<payload_batch>(payloads_);
  {
    ledger_.begin_counting();
    write_transaction all{db_};
    if (is_repeated && ledger_.last_batch() == number)
      return finish(transactions);
    auto done = apply_all(transactions, *payloads);
    ledger_.write_totals(number);
    write_payloads(*payloads, transactions, done);
    for (const auto& t : transactions)
      pass(failpoints[t.index()].before_commit);
    try {
      all.commit_numbered();
    } catch (const outcome_unknown&) {
      payloads->keep();
      unknown_ = {number, std::move(done), payloads};
      throw;
    }
    payloads->keep();
    unknown_ = {number, std::move(done), payloads};
  }
  for (const auto& t : transactions)
    pass(failpoints[t.index()].after_commit);
  return finish(transactions);
}

verdicts sqlite_store::finish(std::span<const transaction> transactions) {
  const auto [number, done, payloads] = *std::exchange(unknown_, std::nullopt);
  move_pictures(*payloads, transactions, done);
  release_payloads(transactions, done);
  return done;
}

verdicts sqlite_store::apply_all(std::span<const transaction> transactions, payload_batch& payloads) {
  verdicts done;
  done.reserve(transactions.size());
  const auto apply_one = [&](const auto& one) {
    if constexpr (std::is_same_v<decltype(one), const accept_job&>)
      return apply(one, payloads);
    else
      return apply(one);
  };
  for (const auto& t : transactions)
    done.push_back(std::visit(apply_one, t));
  return done;
}

void sqlite_store::release_payloads(std::span<const transaction> transactions, const verdicts& done) {
  std::vector<job_id> over;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    if (done[i] != verdict::applied)
      continue;
    const auto* ended = std::get_if<end_job>(&transactions[i]);
    if (ended != nullptr && !jobs_.keeps_pictures(ended->end.id))
      over.push_back(ended->end.id);
    else if (const auto* forgotten = std::get_if<forget_job>(&transactions[i]))
      over.push_back(forgotten->id);
  }
  payloads_.release(over);
}

bool sqlite_store::can_board(std::span<const boarding> aboard) {
  return std::ranges::all_of(aboard, [this](const auto& b) { return b.opens || calls_.find_open(b.call); });
}

void sqlite_store::open_calls(std::int64_t job, const owner_name& owner, std::span<const boarding> aboard,
                              timestamp at) {
  for (const auto& b : aboard)
    if (b.opens)
      reserve_call(b.call, b.call, at);
  if (!aboard.empty())
    ledger_.accept(job, owner, at);
}

void sqlite_store::reserve_call(call_id id, call_id origin, timestamp at) {
  calls_.open(id, origin);
  ledger_.reserve(id, id, 1, at);
}

verdict sqlite_store::apply(const accept_job& t, payload_batch& payloads) {
  if (!can_board(t.aboard))
    return verdict::stale;
  std::optional<payload_place> place;
  if (const auto pictures = payload_of(t); !pictures.empty())
    place = payloads.add(t.id, pictures, t.spec->keep_images);
  open_calls(jobs_.insert(t, place), t.spec->owner, t.aboard, t.at);
  ledger_.count_from_cache(t.pictures_from_cache, t.call_price);
  return verdict::applied;
}

verdict sqlite_store::apply(const board_job& t) {
  const auto job = jobs_.find_pending(t.id);
  if (!job || !can_board(t.aboard))
    return verdict::stale;
  jobs_.board(*job, t);
  open_calls(*job, jobs_.owner_of(*job), t.aboard, t.at);
  ledger_.count_from_cache(t.known.size(), t.call_price);
  return verdict::applied;
}

verdict sqlite_store::apply(const give_up_waiting& t) {
  const auto job = jobs_.find_pending(t.id);
  if (!job)
    return verdict::stale;
  jobs_.give_up_waiting(*job, t.error);
  return verdict::applied;
}

verdict sqlite_store::apply(const sift_job& t) {
  const auto job = jobs_.find_pending(t.id);
  if (!job || !jobs_.sift(*job, t))
    return verdict::stale;
  ledger_.count_sifted(t);
  return verdict::applied;
}

verdict sqlite_store::apply(const begin_attempt& t) {
  if (!calls_.find_open(t.call, t.attempt) || !ledger_.begin(t))
    return verdict::stale;
  jobs_.start(t.call, t.at);
  return verdict::applied;
}

verdict sqlite_store::apply(const settle_spend& t) {
  if (!ledger_.settle(t))
    return verdict::stale;
  jobs_.pay(t.reservation);
  return verdict::applied;
}

verdict sqlite_store::apply(const release_spend& t) {
  return verdict_of(ledger_.release(t.reservation, t.at));
}

verdict sqlite_store::apply(const carry_over_spend& t) {
  if (!calls_.find_open(t.call, t.attempt) || !ledger_.carry_over(t.reservation, t.attempt + 1, t.at))
    return verdict::stale;
  calls_.next_attempt(t.call, t.attempt + 1);
  return verdict::applied;
}

verdict sqlite_store::apply(const reserve_retry& t) {
  if (!calls_.find_open(t.call, t.attempt - 1))
    return verdict::stale;
  calls_.retry(t);
  ledger_.reserve(t.reservation, t.call, t.attempt, t.at);
  return verdict::applied;
}

verdict sqlite_store::apply(const split_call& t) {
  const auto call = calls_.find_open(t.call, t.attempt);
  if (!call)
    return verdict::stale;
  for (const auto& part : t.parts)
    reserve_call(part.id, call->origin, t.at);
  jobs_.transfer(t.call, t.parts);
  calls_.close(t.call);
  return verdict::applied;
}

verdict sqlite_store::apply(const close_call& t) {
  const auto call = calls_.find_open(t.call, t.attempt);
  if (!call)
    return verdict::stale;
  ledger_.count_processed(jobs_.disembark(t.call, t.outcomes), ledger_.price_of(call->reservation));
  calls_.close(t.call);
  return verdict::applied;
}

verdict sqlite_store::apply(const end_job& t) {
  return verdict_of(jobs_.end(t.end));
}

verdict sqlite_store::apply(const forget_job& t) {
  return verdict_of(jobs_.forget(t.id));
}

verdict sqlite_store::apply(const adopt_job& t) {
  return verdict_of(jobs_.adopt(t));
}

verdict sqlite_store::apply(const note_pause& t) {
  ledger_.note_pause(t);
  return verdict::applied;
}

verdict sqlite_store::apply(const note_stop& t) {
  ledger_.note_stop(t);
  return verdict::applied;
}

verdict sqlite_store::apply(const note_budget& t) {
  ledger_.note_budget(t);
  return verdict::applied;
}

verdict sqlite_store::apply(const note_request& t) {
  return verdict_of(requests_.note(t));
}

recovery sqlite_store::recover(timestamp now) {
  recovery r;
  {
    ledger_.begin_counting();
    write_transaction all{db_};
    r.as_of = std::max(now, ledger_.latest());
    lose_begun(r.as_of);
    std::vector<call_id> left;
    for (auto& stored : jobs_.load_pending()) {
      restore_pictures(stored, left);
      r.pending.push_back(std::move(stored.job));
    }
    close_empty(left, r.as_of);
    r.ended = jobs_.load_ended();
    for (const auto& [id, file] : jobs_.load_kept_payloads())
      payloads_.take_up(id, file, {});
    r.calls = calls_.load();
    r.requests = requests_.load();
    ledger_.write_totals(ledger_.last_batch() + 1);
    ledger_.load(r);
    all.commit();
  }
  db_.keep_log_at_close(false);
  const auto orphans = payloads_.remove_others();
  // A kill leaves such files too, but with a log beside the database.
  if (orphans != 0 && without_log_)
    log::error("write_ahead_log_missing",
               {{"files", orphans},
                {"detail", "payloads/ held pictures of jobs that the database does not know, and the database had no "
                           "-wal file: its newest commits may be lost, spends among them. Where calls were made since "
                           "it was copied, lower DAILY_API_CALLS_LIMIT for a day"}});
  if (orphans != 0)
    log::info("payload_orphans_removed", {{"files", orphans}});
  return r;
}

void sqlite_store::lose_begun(timestamp now) {
  const auto begun = ledger_.begun();
  for (const auto& spend : begun) {
    ledger_.lose(spend.id, now);
    jobs_.pay(spend.id);
    calls_.interrupt(spend.call, begun.size() == 1);
  }
}

void sqlite_store::restore_pictures(stored_job& stored, std::vector<call_id>& left) {
  auto& [number, job, spec, payload, parts] = stored;
  for (auto& p : spec->pictures)
    p.bytes = make_picture_bytes({});
  const auto needed = pictures_needed(job);
  std::vector<payload_part> wanted;
  for (const auto i : needed)
    wanted.push_back(parts[i]);
  const auto bytes = payload.empty() ? payload_bytes(wanted.size()) : payloads_.take_up(job.view.id, payload, wanted);
  for (std::size_t k = 0; k < needed.size(); ++k) {
    const auto i = needed[k];
    if (bytes[k]) {
      spec->pictures[i].bytes = bytes[k];
      continue;
    }
    log::error("payload_lost", {{"job_id", job.view.id}, {"picture", i}});
    job.outcomes[i] = {nullptr, lost_error, true};
    jobs_.fail(number, i, job.outcomes[i]);
    if (const auto call = std::exchange(job.aboard[i], 0); call != 0)
      left.push_back(call);
  }
}

void sqlite_store::close_empty(const std::vector<call_id>& calls, timestamp now) {
  for (const auto id : calls) {
    const auto call = calls_.find_open(id);
    if (!call || !jobs_.is_empty(id))
      continue;
    calls_.close(id);
    ledger_.release(call->reservation, now);
  }
}

std::unique_ptr<job_reader> sqlite_store::open_reader() {
  return std::make_unique<sqlite_reader>(dir_.path(), config_);
}

store_room_fn sqlite_store::room() const {
  return [volume = volume_] { return room_for_new_work(volume()); };
}

void sqlite_store::sweep_spends_before(timestamp at) {
  {
    write_transaction all{db_};
    ledger_.sweep_before(at, at - config_.accounts_kept);
    pass("store.sweep.before_commit");
    all.commit();
  }
  pass("store.sweep.after_commit");
  payloads_.tidy();
  give_back_space();
}

void sqlite_store::give_back_space() {
  const auto free_pages = db_.number("PRAGMA freelist_count");
  if (room_for_new_work(volume_()) != 0) {
    if (free_pages > db_.number("PRAGMA page_count") / 2)
      db_.execute("PRAGMA incremental_vacuum(2000)");
    return;
  }
  if (free_pages == 0)
    return;
  // What is moved goes through the log, which must have room itself; the file is cut when the log is merged.
  db_.empty_log();
  db_.execute(("PRAGMA incremental_vacuum(" + std::to_string(log_pages(volume_())) + ")").c_str());
  db_.empty_log();
}

} // namespace

std::unique_ptr<job_store> open_sqlite_store(const sqlite_store_config& config) {
  return std::make_unique<sqlite_store>(config);
}

} // namespace glyphgate::store
