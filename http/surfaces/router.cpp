#include "http/surfaces/router.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::http {

namespace {

// All the paths that there are not.
class no_such_path : public surface {
public:
  bool serves(std::string_view) const override { return true; }
  bool is_use(std::string_view) const override { return false; }
  void handle(const exchange_ptr& ex) override { refuse(ex, unknown_path()); }
};

} // namespace

router::router(std::vector<std::shared_ptr<surface>> surfaces, std::shared_ptr<decode_pool> pool)
    : surfaces_{std::move(surfaces)},
      pool_{std::move(pool)} {
  surfaces_.push_back(std::make_shared<no_such_path>());
}

// The last one serves all.
surface& router::surface_of(const request& r) const {
  return **std::find_if(surfaces_.begin(), surfaces_.end(), [&](const auto& s) { return s->serves(r.path()); });
}

bool router::is_use(const request& r) const {
  return surface_of(r).is_use(r.path());
}

void router::handle(const exchange_ptr& ex) {
  auto& chosen = surface_of(ex->request());
  chosen.attempt(ex, [&] { chosen.handle(ex); });
}

void router::refuse(const exchange_ptr& ex, const problem& why) {
  surface_of(ex->request()).refuse(ex, why);
}

void router::refuse_new_work() {
  for (const auto& s : surfaces_)
    s->refuse_new_work();
}

void router::stop() {
  refuse_new_work();
  pool_->stop();
}

} // namespace glyphgate::http
