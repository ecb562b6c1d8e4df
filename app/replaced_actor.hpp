#pragma once

#include <caf/actor.hpp>

#include <functional>
#include <mutex>
#include <string>

namespace glyphgate {

/// An actor without state, which is made again when it dies, by whichever thread sees it die. Outlives the actor
/// system, whose threads call it until they end.
class replaced_actor {
public:
  /// `name` is for the log. `spawn` makes the actor and watches nothing; it is not called once `stop` has returned.
  replaced_actor(std::string name, std::function<caf::actor()> spawn);
  replaced_actor(const replaced_actor&) = delete;
  replaced_actor& operator=(const replaced_actor&) = delete;

  /// Makes the actor. Called once.
  void start();

  /// Ends the actor, for good.
  void stop();

private:
  const std::string name_;
  const std::function<caf::actor()> spawn_;
  std::mutex mutex_;
  bool stopped_ = false;
  caf::actor actor_;
};

} // namespace glyphgate
