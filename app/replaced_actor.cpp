#include "app/replaced_actor.hpp"

#include "core/log.hpp"

#include <caf/all.hpp>

#include <utility>

namespace glyphgate {

replaced_actor::replaced_actor(std::string name, std::function<caf::actor()> spawn)
    : name_{std::move(name)},
      spawn_{std::move(spawn)} {}

void replaced_actor::start() {
  caf::actor made;
  {
    // A stop comes before this, and nothing is made; or after it, and ends what was made.
    const std::lock_guard lock{mutex_};
    if (stopped_)
      return;
    made = actor_ = spawn_();
  }
  // Not under the lock: on an actor that is dead already, the functor is called here.
  made->attach_functor([this](const caf::error& reason) {
    {
      const std::lock_guard lock{mutex_};
      if (stopped_)
        return;
    }
    log::error("actor_died", {{"actor", name_}, {"reason", caf::to_string(reason)}});
    start();
  });
}

void replaced_actor::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  if (actor_)
    caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
  actor_ = nullptr;
}

} // namespace glyphgate
