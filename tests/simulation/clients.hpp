#pragma once

#include "core/registry/registry_events.hpp"
#include "plan.hpp"
#include "process.hpp"
#include "random.hpp"
#include "truth.hpp"
#include "world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace glyphgate::simulation {

/// How clients reach the service.
struct door {
  /// The process that takes requests, or null. `wakes` when a client knocks, which starts one that sleeps.
  std::function<process*()> open;
  /// A client uses the service now.
  std::function<void()> used;
};

/// Those who use the service: they post, look, wait, cancel, post the same again, and leave.
class clients {
public:
  clients(const life_plan& plan, world& w, truth& facts, random r, door d);

  /// They begin, and go on until they have done as much as the plan says.
  void begin();
  bool done() const { return actions_left_ == 0; }

  /// Looks at every job that was ever told, once.
  void look_at_all();

  /// Whoever stopped the calls has them go on.
  void heal(process& at);

private:
  void act();
  void stop_or_go_on(process& at);
  owner_name any_owner();
  /// Mostly its owner.
  owner_name who_asks_for(const job_id& id);
  void post(process& at);
  void ask_price(process& at);
  void get(process& at, const job_id& id);
  void wait(process& at, const job_id& id);
  void remove(process& at, const job_id& id);
  std::shared_ptr<const job_spec> any_job();
  /// What the client posts to that process, perhaps with patience.
  std::shared_ptr<const job_spec> for_engine(const job_spec& wanted, const process& at);
  /// That request again, or another one with its key.
  std::shared_ptr<const job_spec> repeated(const job_spec& earlier, const process& at);

  const life_plan& plan_;
  world& at_;
  truth& facts_;
  random draws_;
  door door_;
  std::vector<std::string> contents_;
  std::vector<std::shared_ptr<const job_spec>> posted_;
  /// What was posted with keys.
  std::vector<std::shared_ptr<const job_spec>> keyed_;
  std::uint32_t actions_left_;
};

} // namespace glyphgate::simulation
