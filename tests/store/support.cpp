#include "support.hpp"

#include "core/log.hpp"
#include "support/file_of.hpp"

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

namespace glyphgate::store {

namespace {

// The tests provoke warnings by the thousand.
struct quiet_log {
  quiet_log() { log::configure({log_level::error, log_format::text}); }
};

std::string text_of(const std::optional<timestamp>& t) {
  return t ? std::to_string(t->time_since_epoch().count()) : "-";
}

std::string text_of(const picture_outcome& outcome) {
  if (!outcome.recognised)
    return "error '" + outcome.error + "'" + (outcome.may_pass ? " that may pass" : "");
  std::string text = "read";
  for (const auto& s : outcome.recognised->symbols)
    text += " " + s.text + "@" + std::to_string(s.box.x) + "," + std::to_string(s.box.y) + "," +
            std::to_string(s.box.width) + "," + std::to_string(s.box.height) + "/" + std::to_string(s.confidence) +
            "/" + std::to_string(static_cast<int>(s.after));
  return text + " '" + outcome.recognised->warning + "' '" + outcome.error + "'";
}

std::string text_of(const cost& c) {
  return std::to_string(c.calls) + "+" + std::to_string(c.price);
}

bool waits_in_line(const kept_job& job, std::size_t i) {
  const auto& outcome = job.outcomes[i];
  const auto& keys = job.spec->recognition_keys;
  const auto before = std::span{keys}.first(i);
  return job.aboard[i] == 0 && !outcome.recognised && outcome.error.empty() &&
         std::ranges::find(before, keys[i]) == before.end();
}

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet_log);

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream{file, std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

timestamp at(std::int64_t microseconds) {
  return timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + duration{microseconds};
}

picture make_picture(std::string id, std::string bytes) {
  picture p;
  p.id = std::move(id);
  p.content = sha256(bytes);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  p.info = {picture_format::png, size + 1, 64, 6, 0, {~std::uint64_t{size}, size, 72}};
  p.bytes = make_picture_bytes(std::move(bytes));
  return p;
}

picture make_page(const picture& first, std::uint32_t page) {
  auto p = first;
  p.id = first.id + "/" + std::to_string(page);
  p.info.page = page;
  p.content = digest_builder{}.field(first.content).field(std::to_string(page)).finish();
  return p;
}

picture refuse(picture p, std::string reason) {
  p.bytes = nullptr;
  p.refused = std::move(reason);
  return p;
}

std::shared_ptr<const recognition> make_recognition(const std::string& text, bool incomplete) {
  auto r = std::make_shared<recognition>();
  r->warning = incomplete ? "the file ends early" : "";
  int x = -3;
  for (const char c : text) {
    r->symbols.push_back({std::string{c}, {x, 2, 300, 70000}, 0.1F * static_cast<float>(c % 10), text_break::space});
    x += 200;
  }
  return r;
}

accept_job make_accept(const job_id& id, std::vector<std::string> contents, reservation_id first, timestamp when) {
  accept_job job;
  job.id = id;
  job.at = when;
  std::vector<picture> pictures;
  for (auto& content : contents) {
    const auto index = static_cast<std::uint32_t>(pictures.size());
    job.aboard.push_back({first + index, {index}, true});
    pictures.push_back(make_picture(std::to_string(index), std::move(content)));
  }
  job.spec = make_job_spec(std::move(pictures), {"de", "en"}, "test");
  return job;
}

digest seat_of(const std::string& content) {
  return recognition_key("test", {"de", "en"}, sha256(content));
}

shares_ptr paid_by(const job_id& id, micro_dollars price) {
  return std::make_shared<const std::vector<job_share>>(1, job_share{id, {whole_call, price}});
}

begin_attempt make_begin(call_id call, attempt_token attempt, reservation_id reservation, timestamp when,
                         shares_ptr shares) {
  begin_attempt begin;
  begin.call = call;
  begin.attempt = attempt;
  begin.reservation = reservation;
  begin.at = when;
  for (const auto& share : *shares)
    begin.price += share.pays.price;
  begin.shares = std::move(shares);
  return begin;
}

close_call make_close(call_id call, attempt_token attempt, const std::string& content, picture_outcome outcome,
                      timestamp when) {
  return {call, attempt, when, {{seat_of(content), std::move(outcome)}}};
}

end_job make_end(const job_id& id, timestamp when) {
  return {{id, job_status::completed, when, when, when + std::chrono::hours{1}, std::nullopt}};
}

std::string describe(const recovery& r) {
  std::ostringstream out;
  out << "as of " << text_of(r.as_of) << " totals " << r.totals.api_calls << ' ' << r.totals.pictures_processed << ' '
      << r.totals.pictures_from_cache << " spent " << r.totals.spent << ' ' << r.totals.one_by_one << " unpriced "
      << r.totals.unpriced_calls << ' ' << r.totals.unpriced_pictures << " here " << r.totals.pictures_answered_here
      << ' ' << r.totals.pictures_repeated << ' ' << r.totals.saved_here << " pause "
      << (r.pause ? r.pause->engine + ' ' + text_of(r.pause->until) : "none") << " first_free " << r.first_free
      << " stopped "
      << (r.stopped ? r.stopped->by + ' ' + r.stopped->reason + ' ' + text_of(r.stopped->since) + ' ' +
                          std::to_string(r.stopped->refuses_jobs)
                    : "no")
      << " billed";
  for (const auto& news : r.billed)
    out << " (" << news.budget << ' ' << text_of(news.interval) << ' ' << news.cost << ')';
  out << "\naccepted";
  auto accepted = r.accepted;
  std::ranges::sort(accepted, {}, [](const accepted_job& j) { return std::tie(j.at, j.owner); });
  for (const auto& job : accepted)
    out << ' ' << text_of(job.at) << ' ' << job.owner;
  out << "\nspends";
  for (const auto& s : r.spends) {
    out << ' ' << s.id << ':' << text_of(s.settled_at) << ':' << s.price;
    for (const auto& [owner, pays] : s.payers)
      out << ' ' << owner << '=' << text_of(pays);
  }
  out << "\naccounts";
  for (const auto& a : r.accounts)
    out << ' ' << text_of(a.quarter) << ' ' << a.owner << ' ' << a.used.jobs << ' ' << a.used.calls << ' '
        << a.used.price;
  for (const auto& [owner, key, job, told, identical] : r.requests)
    out << "\nrequest " << owner << ' ' << key.text << ' ' << to_hex(key.request) << ' ' << job << ' '
        << to_string(told) << ' ' << identical;
  for (const auto& job : r.ended) {
    const auto& v = job.view;
    out << "\nended " << v.id << ' ' << v.owner << ' ' << to_hex(job.identity) << ' ' << to_string(v.status) << ' '
        << v.pictures_done << '/' << v.pictures_total << ' ' << text_of(v.created_at) << ' ' << text_of(v.started_at)
        << ' ' << text_of(v.completed_at) << ' ' << text_of(v.expires_at) << " '" << v.error.value_or("none") << "' "
        << (v.result != nullptr) << ' ' << job.repeatable << ' ' << job.result_bytes;
  }
  for (const auto& job : r.pending) {
    out << "\npending " << job.view.id << ' ' << job.view.owner << ' ' << text_of(job.view.created_at) << ' '
        << text_of(job.view.started_at) << ' ' << job.api_calls << ' ' << text_of(job.share) << ' '
        << job.pictures_from_cache << ' ' << to_hex(job.identity) << ' ' << job.engine << ' ' << text_of(job.age_from)
        << ' ' << (job.spec->max_delay ? job.spec->max_delay->count() : -1) << ' ' << job.spec->near_duplicates << ' '
        << job.sifting << ' ' << text_of(job.sifted_at);
    for (const auto& hint : job.spec->language_hints)
      out << ' ' << hint;
    for (std::uint32_t i = 0; i < job.spec->pictures.size(); ++i) {
      const auto& p = job.spec->pictures[i];
      const bool waits = waits_in_line(job, i);
      out << "\n  picture " << p.id << ' ' << to_hex(p.content) << ' ' << to_hex(job.spec->recognition_keys[i]) << ' '
          << static_cast<int>(p.info.format) << ' ' << p.info.width << 'x' << p.info.height << ' '
          << static_cast<int>(p.info.orientation) << ' ' << p.info.joins.kin << ' ' << p.info.joins.bytes << ' '
          << p.info.joins.rows << " page " << p.info.page << (p.refused.empty() ? "" : " refused ") << p.refused << ' '
          << (job.aboard[i] != 0 || waits ? file_of(p) : "") << ' ' << text_of(job.outcomes[i]) << " aboard "
          << job.aboard[i] << (waits ? " waits" : "");
    }
  }
  for (const auto& call : r.calls)
    out << "\ncall " << call.id << " of " << call.origin << ": " << call.attempt << ' ' << call.reservation << ' '
        << call.paid_before << ' ' << call.unpaid << ' ' << call.suspect << ' ' << call.interruptions << ' '
        << call.closed;
  return out.str();
}

verdicts commit(job_store& store, std::span<const transaction> transactions) {
  static std::atomic<batch_number> last = 1000;
  return store.commit(++last, transactions);
}

verdicts commit(job_store& store, std::vector<transaction> transactions) {
  return commit(store, std::span<const transaction>{transactions});
}

std::string describe(const job_result* result) {
  if (result == nullptr)
    return "none";
  auto text = std::to_string(result->api_calls) + " " + text_of(result->share) + " " +
              std::to_string(result->pictures_from_cache);
  for (const auto& image : result->pictures)
    text += "\n" + image.id + ": " + text_of(image.outcome);
  return text;
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const store_error& e) {
    return e.what();
  }
  BOOST_ERROR("no store_error was thrown");
  return {};
}

int in_child(const std::function<void()>& f) {
  const auto child = ::fork();
  if (child == 0) {
    try {
      f();
    } catch (const std::exception& e) {
      std::fprintf(stderr, "child: %s\n", e.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

std::vector<std::string> sql(const std::filesystem::path& file, const std::string& text, const char* vfs) {
  std::vector<std::string> rows;
  sqlite3* db = nullptr;
  BOOST_REQUIRE_EQUAL(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, vfs), SQLITE_OK);
  const auto add = [](void* to, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(values[0] == nullptr ? "" : values[0]);
    return 0;
  };
  const int done = sqlite3_exec(db, text.c_str(), add, &rows, nullptr);
  BOOST_REQUIRE_MESSAGE(done == SQLITE_OK, sqlite3_errmsg(db));
  sqlite3_close(db);
  return rows;
}

} // namespace glyphgate::store
