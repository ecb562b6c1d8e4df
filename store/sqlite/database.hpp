#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "store/store.hpp"

#include <sys/types.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace glyphgate::store {

/// The volume has no room for what was to be written: nothing of it took effect.
class volume_full : public store_error {
public:
  using store_error::store_error;
};

/// Which file a path leads to.
struct file_identity {
  dev_t device = 0;
  ino_t number = 0;
  friend bool operator==(const file_identity&, const file_identity&) = default;

  /// None when there is no such file.
  static std::optional<file_identity> of(const std::string& path);
};

/// One connection to an SQLite database. Used by one thread at a time; outlives its statements. Every failure is a
/// store_error that tells the reason.
class database {
public:
  /// Opens the file, which is created when it is not there, in WAL mode; a commit is on the disk when it returns.
  /// `vfs` names the SQLite VFS to use; empty takes the default. A lock held by another connection is waited for up to
  /// `busy_timeout`. No part of the path may be a symbolic link.
  database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout, const std::string& vfs);

  /// A connection beside that one, which reads only.
  struct read_only {};
  database(read_only only, const std::filesystem::path& file, std::chrono::milliseconds busy_timeout,
           const std::string& vfs);

  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// Runs SQL that returns no rows and takes no arguments; several statements may follow each other.
  void execute(const char* sql);

  /// The single number that the query returns.
  std::int64_t number(const char* sql);

  /// Merges the log into the file and empties it, where no other connection reads what is in it. False when one does,
  /// or the disk does not let it; nothing is lost then.
  bool empty_log();

  /// Throws when the file or its log was moved or deleted since the first check: what is written to it then would be
  /// lost.
  void check_still_there();

  /// Whether the log stays as it is when the connection closes, instead of being merged into the file: at first it
  /// does, so that a damaged database is left untouched.
  void keep_log_at_close(bool keep);

  /// Throws what the connection's latest error says. `doing` is the start of the message.
  [[noreturn]] void fail(std::string_view doing) const;

  sqlite3* handle() const { return handle_; }

private:
  void open(int flags, std::chrono::milliseconds busy_timeout, const std::string& vfs);
  void use_write_ahead_log();
  void close() noexcept;

  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
  /// The file and its log.
  std::array<std::optional<file_identity>, 2> seen_;
};

/// Bytes to be stored as they are, as opposed to text.
struct blob {
  std::string_view bytes;
};

/// The rows that a statement returns, one at a time. Resets its statement at its end.
class cursor {
public:
  cursor(const database& db, sqlite3_stmt* statement) : db_{&db}, statement_{statement} {}
  ~cursor();
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;

  /// Goes to the next row, at first to the first one. False when there is none.
  bool next();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  /// Throws when it does not fit.
  std::uint32_t number32(int column) const;
  /// Text or a blob; valid until the next row.
  std::string_view bytes(int column) const;
  timestamp time(int column) const;
  std::optional<timestamp> optional_time(int column) const;
  /// Throws when it is not as long as a digest.
  digest digest_of(int column) const;

private:
  const database* db_;
  sqlite3_stmt* statement_;
};

/// A prepared statement, kept and run again and again.
class statement {
public:
  statement(database& db, std::string_view sql);
  ~statement();
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  /// Runs it with these arguments. Returns how many rows it changed.
  template <class... Args>
  int run(const Args&... args) {
    cursor rows = query(args...);
    rows.next();
    return changes();
  }

  /// Starts it with these arguments, which are copied. One cursor of a statement lives at a time.
  template <class... Args>
  cursor query(const Args&... args) {
    int position = 0;
    (bind(++position, args), ...);
    return {*db_, statement_};
  }

private:
  int changes() const;
  void bind_integer(int position, std::int64_t value);
  void bind(int position, std::string_view text);
  void bind(int position, blob value);
  void bind(int position, std::nullptr_t);
  void bind(int position, const digest& value);
  void bind(int position, timestamp value) { bind_integer(position, value.time_since_epoch().count()); }
  void bind(int position, duration value) { bind_integer(position, value.count()); }
  void bind(int position, std::integral auto value) { bind_integer(position, static_cast<std::int64_t>(value)); }
  template <class T>
  void bind(int position, const std::optional<T>& value) {
    if (value)
      bind(position, *value);
    else
      bind(position, nullptr);
  }

  database* db_;
  sqlite3_stmt* statement_ = nullptr;
};

/// A write transaction; undone at its end unless it was committed.
class write_transaction {
public:
  explicit write_transaction(database& db);
  ~write_transaction();
  write_transaction(const write_transaction&) = delete;
  write_transaction& operator=(const write_transaction&) = delete;

  /// Durable when it returns. Throws store_error.
  void commit();

  /// The same, but throws outcome_unknown where it may have taken effect all the same: for commits that can be found
  /// again by their number.
  void commit_numbered();

private:
  database& db_;
};

/// Whatever is read while it lives is of one state of the database. As long as one lives, what was committed since then
/// stays in the log.
class read_transaction {
public:
  explicit read_transaction(database& db);
  ~read_transaction();
  read_transaction(const read_transaction&) = delete;
  read_transaction& operator=(const read_transaction&) = delete;

private:
  database& db_;
};

} // namespace glyphgate::store
