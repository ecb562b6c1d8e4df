#include "store/sqlite/database.hpp"

#include "store/sqlite/damage.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstring>
#include <limits>
#include <utility>

namespace glyphgate::store {

namespace {

// What to do about it, where SQLite's own words do not say.
std::string_view advice(int code) {
  switch (code & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "; it is left as it is: restore the data directory from a backup, or move it away to start with an empty "
           "ledger";
  case SQLITE_BUSY: return "; another process uses the database";
  default: return "";
  }
}

} // namespace

std::optional<file_identity> file_identity::of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return std::nullopt;
  return file_identity{status.st_dev, status.st_ino};
}

database::database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout, const std::string& vfs)
    : file_{file} {
  try {
    open(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busy_timeout, vfs);
    if (sqlite3_db_readonly(handle_, "main") != 0)
      throw store_error{"the database " + file_.string() + " cannot be written: check its owner and permissions"};
    // Takes effect before anything is written only.
    if (number("PRAGMA page_count") == 0)
      execute("PRAGMA auto_vacuum = INCREMENTAL");
    use_write_ahead_log();
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA secure_delete = FAST");
    execute("PRAGMA cache_size = -8192");
    execute("PRAGMA wal_autocheckpoint = 1000");
    execute("PRAGMA journal_size_limit = 8388608");
  } catch (...) {
    close();
    throw;
  }
}

database::database(read_only /*only*/, const std::filesystem::path& file, std::chrono::milliseconds busy_timeout,
                   const std::string& vfs)
    : file_{file} {
  try {
    open(SQLITE_OPEN_READONLY, busy_timeout, vfs);
  } catch (...) {
    close();
    throw;
  }
}

database::~database() {
  close();
}

void database::open(int flags, std::chrono::milliseconds busy_timeout, const std::string& vfs) {
  if (sqlite3_open_v2(file_.c_str(), &handle_,
                      flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW,
                      vfs.empty() ? nullptr : vfs.c_str()) != SQLITE_OK)
    fail("cannot open the database");
  keep_log_at_close(true);
  sqlite3_busy_timeout(handle_, static_cast<int>(busy_timeout.count()));
  // A map's read error would be a signal instead of an error code.
  execute("PRAGMA mmap_size = 0");
}

void database::use_write_ahead_log() {
  statement set{*this, "PRAGMA journal_mode = WAL"};
  auto mode = set.query();
  if (!mode.next() || mode.bytes(0) != "wal")
    throw store_error{"the database " + file_.string() + " cannot keep a write-ahead log on this file system"};
}

void database::keep_log_at_close(bool keep) {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

void database::close() noexcept {
  sqlite3_close(std::exchange(handle_, nullptr));
}

void database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    fail("the database failed");
}

std::int64_t database::number(const char* sql) {
  statement one{*this, sql};
  auto row = one.query();
  return row.next() ? row.integer(0) : 0;
}

bool database::empty_log() {
  return sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) == SQLITE_OK;
}

void database::check_still_there() {
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const auto path = file_.string() + (i == 0 ? "" : "-wal");
    const auto there = file_identity::of(path);
    if (!seen_[i])
      seen_[i] = there;
    if (seen_[i] != there)
      throw store_error{path + " was moved or deleted while it was in use; put it back or restart"};
  }
}

void database::fail(std::string_view doing) const {
  if (handle_ == nullptr)
    throw std::bad_alloc{};
  const int code = sqlite3_extended_errcode(handle_);
  const auto message = std::string{doing} + " (" + file_.string() + "): " + sqlite3_errmsg(handle_) + ", code " +
                       std::to_string(code) + std::string{advice(code)};
  if ((code & 0xff) == SQLITE_FULL)
    throw volume_full{message};
  throw store_error{message};
}

cursor::~cursor() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool cursor::next() {
  switch (sqlite3_step(statement_)) {
  case SQLITE_ROW: return true;
  case SQLITE_DONE: return false;
  default: db_->fail("the database failed");
  }
}

bool cursor::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t cursor::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::uint32_t cursor::number32(int column) const {
  const auto value = integer(column);
  if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    throw damaged_value{"the database holds a damaged number"};
  return static_cast<std::uint32_t>(value);
}

std::string_view cursor::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

timestamp cursor::time(int column) const {
  return timestamp{duration{integer(column)}};
}

std::optional<timestamp> cursor::optional_time(int column) const {
  if (is_null(column))
    return std::nullopt;
  return time(column);
}

digest cursor::digest_of(int column) const {
  digest d;
  const auto stored = bytes(column);
  if (stored.size() != d.bytes.size())
    throw damaged_value{"the database holds a damaged digest"};
  std::memcpy(d.bytes.data(), stored.data(), d.bytes.size());
  return d;
}

statement::statement(database& db, std::string_view sql) : db_{&db} {
  if (sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_,
                         nullptr) != SQLITE_OK)
    db.fail("the database failed");
}

statement::~statement() {
  sqlite3_finalize(statement_);
}

int statement::changes() const {
  return sqlite3_changes(db_->handle());
}

void statement::bind_integer(int position, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, position, value) != SQLITE_OK)
    db_->fail("the database failed");
}

void statement::bind(int position, std::string_view text) {
  if (sqlite3_bind_text64(statement_, position, text.data() == nullptr ? "" : text.data(), text.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
    db_->fail("the database failed");
}

void statement::bind(int position, blob value) {
  if (sqlite3_bind_blob64(statement_, position, value.bytes.data() == nullptr ? "" : value.bytes.data(),
                          value.bytes.size(), SQLITE_TRANSIENT) != SQLITE_OK)
    db_->fail("the database failed");
}

void statement::bind(int position, std::nullptr_t) {
  if (sqlite3_bind_null(statement_, position) != SQLITE_OK)
    db_->fail("the database failed");
}

void statement::bind(int position, const digest& value) {
  bind(position, blob{{reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()}});
}

read_transaction::read_transaction(database& db) : db_{db} {
  db_.execute("BEGIN");
}

read_transaction::~read_transaction() {
  if (sqlite3_get_autocommit(db_.handle()) == 0)
    sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

write_transaction::write_transaction(database& db) : db_{db} {
  // A rollback that failed with the disk leaves its transaction open.
  if (sqlite3_get_autocommit(db_.handle()) == 0)
    db_.execute("ROLLBACK");
  db_.execute("BEGIN IMMEDIATE");
}

write_transaction::~write_transaction() {
  // Some errors undo the transaction themselves.
  if (sqlite3_get_autocommit(db_.handle()) == 0)
    sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void write_transaction::commit() {
  db_.execute("COMMIT");
}

void write_transaction::commit_numbered() {
  try {
    commit();
  } catch (const store_error& e) {
    // Where the log could not be written, what would have made it a commit is missing. Any other trouble with the disk
    // leaves that open: what was not synced may be there after a crash.
    const int code = sqlite3_extended_errcode(db_.handle());
    if ((code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_WRITE)
      throw outcome_unknown{e.what()};
    throw;
  }
}

} // namespace glyphgate::store
