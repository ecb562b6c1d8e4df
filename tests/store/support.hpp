#pragma once

#include "store/store.hpp"
#include "support/temporary_directory.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// What the tests of the store share.
namespace glyphgate::store {

std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view bytes);

/// So many microseconds after some day of 2026.
timestamp at(std::int64_t microseconds);

picture make_picture(std::string id, std::string bytes);

/// Another page of the first one's file, which it shares.
picture make_page(const picture& first, std::uint32_t page);

/// The same, refused for that reason.
picture refuse(picture p, std::string reason);

std::shared_ptr<const recognition> make_recognition(const std::string& text, bool incomplete = false);

/// A job of these pictures (ids "0", "1", …) in one call a picture, paid for by consecutive reservations from `first`.
accept_job make_accept(const job_id& id, std::vector<std::string> pictures, reservation_id first,
                       timestamp when = at(0));

/// The seat that a picture of such a job has in a call.
digest seat_of(const std::string& content);

/// The job pays all of it.
shares_ptr paid_by(const job_id& id, micro_dollars price = 0);

begin_attempt make_begin(call_id call, attempt_token attempt, reservation_id reservation, timestamp when,
                         shares_ptr shares = no_shares());

/// Closes a call of one seat.
close_call make_close(call_id call, attempt_token attempt, const std::string& content, picture_outcome outcome,
                      timestamp when);

/// Ends a job as completed.
end_job make_end(const job_id& id, timestamp when = at(0));

/// Everything that a recovery tells, as text to compare. Of the pictures' bytes those that are needed: of pictures
/// aboard a call and of those that wait in line.
std::string describe(const recovery& r);
std::string describe(const job_result* result);

/// Commits under a number above every one before.
verdicts commit(job_store& store, std::span<const transaction> transactions);
verdicts commit(job_store& store, std::vector<transaction> transactions);

/// The message of the store_error that `f` throws; fails the test when it throws none.
std::string error_of(const std::function<void()>& f);

/// Runs `f` in a child process, which must not throw. Returns how it ended, as waitpid tells.
int in_child(const std::function<void()>& f);

/// Runs SQL on a database file through a connection of its own; returns the first column of each row.
std::vector<std::string> sql(const std::filesystem::path& file, const std::string& text, const char* vfs = nullptr);

} // namespace glyphgate::store
