#include "http/surfaces/router.hpp"

#include "http/wire/cross_origin.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

// All the paths that there are not.
class no_such_path : public surface {
public:
  bool serves(std::string_view) const override { return true; }
  bool is_use(std::string_view) const override { return false; }
  std::string_view methods_of(std::string_view) const override { return ""; }
  std::string_view route_of(std::string_view) const override { return ""; }
  void handle(const exchange_ptr& ex) override { refuse(ex, unknown_path()); }
};

// Without slashes at its end.
std::string_view without_slashes(std::string_view path) {
  const auto last = path.find_last_not_of('/');
  return path.substr(0, std::max<std::size_t>(1, last == std::string_view::npos ? 0 : last + 1));
}

response moved_to(std::string_view path, std::string_view query, unsigned status) {
  response r;
  r.status = status;
  std::string place{path};
  if (!query.empty())
    place.append("?").append(query);
  r.add_header("Location", place);
  return r;
}

response options(std::string_view methods, bool preflight) {
  const auto all = std::string{methods} + ", OPTIONS";
  response r;
  r.status = 204;
  r.add_header("Allow", all);
  if (preflight)
    r.headers += preflight_headers(all);
  return r;
}

} // namespace

router::router(std::vector<std::shared_ptr<surface>> surfaces, std::shared_ptr<decode_pool> pool, entrance door,
               unsigned moved)
    : surfaces_{std::move(surfaces)},
      pool_{std::move(pool)},
      door_{std::move(door)},
      moved_{moved} {
  surfaces_.push_back(std::make_shared<no_such_path>());
}

// The last one serves all.
surface& router::surface_of(std::string_view path) const {
  return **std::find_if(surfaces_.begin(), surfaces_.end(), [&](const auto& s) { return s->serves(path); });
}

bool router::is_there(std::string_view path) const {
  return !surface_of(path).methods_of(path).empty();
}

admittance router::admit(const request& r) {
  const auto path = without_slashes(r.path());
  const auto& asked = surface_of(path);
  // A browser asks for a path's options before it shows a key.
  const auto to = r.method() == "OPTIONS" && is_there(path) ? access::everybody : asked.access_to(path, r);
  return door_.admit(r, to, asked.takes_key_in_query());
}

bool router::is_use(const request& r) const {
  // What a browser asks before it shows a key is not yet a use.
  return std::holds_alternative<visitor>(r.from) && r.method() != "OPTIONS" && surface_of(r.path()).is_use(r.path());
}

std::string_view router::route_of(const request& r) const {
  const auto path = without_slashes(r.path());
  return surface_of(path).route_of(path);
}

void router::handle(const exchange_ptr& ex) {
  const auto path = ex->request().path();
  auto& chosen = surface_of(path);
  if (const auto* why = std::get_if<problem>(&ex->request().from))
    return chosen.refuse(ex, *why);
  if (const auto shorter = without_slashes(path); shorter != path && is_there(shorter))
    return ex->answer(moved_to(shorter, ex->request().query(), moved_));
  if (ex->request().method() == "OPTIONS" && is_there(path))
    return ex->answer(options(chosen.methods_of(path), !ex->request().header("access-control-request-method").empty()));
  chosen.attempt(ex, [&] { chosen.handle(ex); });
}

void router::refuse(const exchange_ptr& ex, const problem& why) {
  surface_of(ex->request().path()).refuse(ex, why);
}

void router::refuse_new_work() {
  for (const auto& s : surfaces_)
    s->refuse_new_work();
}

void router::stop() {
  for (const auto& s : surfaces_)
    s->stop();
  pool_->stop();
}

} // namespace glyphgate::http
