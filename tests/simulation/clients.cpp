#include "clients.hpp"

#include "failure.hpp"

#include <utility>

namespace glyphgate::simulation {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

} // namespace

clients::clients(const life_plan& plan, world& w, truth& facts, random r, door d)
    : plan_{plan},
      at_{w},
      facts_{facts},
      draws_{r},
      door_{std::move(d)},
      contents_{make_contents(draws_, plan.contents, plan.poison)},
      actions_left_{plan.actions} {}

void clients::begin() {
  for (std::uint32_t i = 0; i < plan_.clients; ++i)
    at_.outside(at_.now() + draws_.time(milliseconds{0}, seconds{1}), [this] { act(); });
}

void clients::act() {
  if (actions_left_ == 0)
    return;
  --actions_left_;
  if (auto* service = door_.open()) {
    door_.used();
    const auto& told = facts_.told();
    // Mostly one of the latest.
    const auto any = [&]() -> const job_id& {
      const auto reach = draws_.chance(0.8) ? std::min<std::size_t>(told.size(), 5) : told.size();
      return told[told.size() - 1 - draws_.below(reach)];
    };
    const auto dice = draws_.uniform();
    if (told.empty() || dice < 0.5)
      post(*service);
    else if (dice < 0.7)
      get(*service, any());
    else if (dice < 0.87)
      wait(*service, any());
    else if (dice < 0.88)
      service->list();
    else if (dice < 0.91)
      ask_price(*service);
    else if (draws_.chance(plan_.stops * 10))
      stop_or_go_on(*service);
    else
      remove(*service, any());
  }
  // Now and then many at once.
  const auto pause =
      draws_.chance(0.3) ? draws_.time(duration{0}, milliseconds{5}) : draws_.time(duration{0}, 2 * plan_.think);
  at_.outside(at_.now() + pause, [this] { act(); });
}

std::shared_ptr<const job_spec> clients::any_job() {
  if (!posted_.empty() && draws_.chance(0.3))
    return posted_[posted_.size() - 1 - draws_.below(std::min<std::size_t>(posted_.size(), 6))];
  std::vector<picture> pictures;
  const auto count = draws_.chance(0.5) ? 1 : draws_.between(1, 8);
  // Some jobs hold what is no picture, few nothing else.
  const auto bad = draws_.chance(0.2) ? draws_.uniform() : 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto id = "p" + std::to_string(i);
    if (draws_.chance(bad))
      pictures.push_back(make_refused(id, "no picture, for reason " + std::to_string(draws_.below(3))));
    else
      pictures.push_back(make_picture(id, draws_.pick(contents_)));
  }
  std::vector<std::string> hints;
  if (draws_.chance(plan_.hints))
    hints.push_back(draws_.chance(0.1) ? refused_language : "de");
  const bool near_duplicates = draws_.chance(plan_.near_duplicates);
  const bool keep_images = plan_.kept_images != 0 && draws_.chance(plan_.kept_images);
  posted_.push_back(make_job_spec(std::move(pictures), std::move(hints), engines.front().scope,
                                  {std::nullopt, near_duplicates, keep_images}));
  return posted_.back();
}

std::shared_ptr<const job_spec> clients::for_engine(const job_spec& wanted, const process& at) {
  job_options options{std::nullopt, wanted.near_duplicates, wanted.keep_images, any_owner(), plan_.shares_results};
  if (draws_.chance(plan_.patient))
    options.max_delay = draws_.chance(0.2) ? duration{} : draws_.time(duration{}, plan_.longest_delay);
  if (draws_.chance(plan_.keys))
    options.key = "key " + std::to_string(keyed_.size());
  auto spec = make_job_spec(wanted.pictures, wanted.language_hints, at.present().scope, std::move(options));
  if (spec->key)
    keyed_.push_back(spec);
  return spec;
}

std::shared_ptr<const job_spec> clients::repeated(const job_spec& earlier, const process& at) {
  const auto other = draws_.chance(0.2) ? any_job() : nullptr;
  const auto& wanted = other ? *other : earlier;
  return make_job_spec(wanted.pictures, wanted.language_hints, at.present().scope,
                       {earlier.max_delay, wanted.near_duplicates, wanted.keep_images, earlier.owner,
                        plan_.shares_results, earlier.key->text});
}

owner_name clients::any_owner() {
  return plan_.owners.empty() ? owner_name{} : draws_.pick(plan_.owners);
}

owner_name clients::who_asks_for(const job_id& id) {
  return draws_.chance(0.9) ? facts_.owner_of(id) : any_owner();
}

void clients::stop_or_go_on(process& at) {
  if (facts_.is_stopped() && draws_.chance(0.7)) {
    facts_.resume_asked();
    return at.ask<registry_event::resume_calls>([](const registry_command::answer&) {}, std::string{"ops"});
  }
  facts_.stop_asked();
  at.ask<registry_event::stop_calls>([this](const registry_command::answer&) { facts_.stop_heard(at_.now()); },
                                     stop_order{"ops", "why not", {}, draws_.chance(0.5)});
}

void clients::heal(process& at) {
  facts_.resume_asked();
  at.ask<registry_event::resume_calls>([](const registry_command::answer&) {}, std::string{"ops"});
}

void clients::post(process& at) {
  const auto spec =
      !keyed_.empty() && draws_.chance(plan_.keys / 2)
          ? repeated(*keyed_[keyed_.size() - 1 - draws_.below(std::min<std::size_t>(keyed_.size(), 6))], at)
          : for_engine(*any_job(), at);
  facts_.posted(spec);
  at_.say([&] { return "client     posts " + std::to_string(spec->pictures.size()) + " pictures"; });
  at.ask<registry_event::submit>(
      [this, &at, spec, asked = at_.now()](const registry_command::answer& a) {
        const auto& s = std::get<submission>(a.with);
        at_.say([&] {
          return "client     hears " +
                 (s.accepted() ? "of job " + s.id + (s.identical ? ", identical" : "")
                               : std::string{to_string(s.refused)}) +
                 (s.repeated ? ", again" : "");
        });
        facts_.heard(spec, s, at.clock());
      },
      spec);
}

void clients::ask_price(process& at) {
  const auto wanted = any_job();
  at.ask<registry_event::quote>(
      [this, &at](const registry_command::answer& a) {
        const auto& q = std::get<quote>(a.with);
        if (!q.answer.id.empty())
          facts_.listed(q.answer.id);
        if (q.needed && q.needed->price != q.needed->calls * at.present().call_price)
          throw life_failed{"a job is told a wrong price"};
      },
      for_engine(*wanted, at));
}

void clients::get(process& at, const job_id& id) {
  const auto who = who_asks_for(id);
  at.ask<registry_event::get>(
      [this, &at, id, who](const registry_command::answer& a) {
        if (const auto* view = std::get_if<std::shared_ptr<const job_view>>(&a.with))
          facts_.viewed(**view, at.clock(), who);
        else if (std::get<ec>(a.with) == ec::job_not_found && who == facts_.owner_of(id))
          facts_.not_found(id, at.clock());
      },
      at.as_seen_by(who, id), id);
}

void clients::wait(process& at, const job_id& id) {
  const auto until = at.clock() + draws_.time(seconds{0}, seconds{60});
  const auto who = who_asks_for(id);
  at.ask<registry_event::wait>(
      [this, &at, id, until, who](const registry_command::answer& a) {
        if (const auto* view = std::get_if<std::shared_ptr<const job_view>>(&a.with)) {
          facts_.viewed(**view, at.clock(), who);
          if (!is_final((*view)->status) && at.clock() > until + seconds{10} && at.paused_until() < until)
            throw life_failed{"who waited for job " + id + " was answered too late"};
        } else if (std::get<ec>(a.with) == ec::job_not_found && who == facts_.owner_of(id)) {
          facts_.not_found(id, at.clock());
        }
      },
      at.as_seen_by(who, id), id, until);
}

void clients::remove(process& at, const job_id& id) {
  const auto who = who_asks_for(id);
  if (who == facts_.owner_of(id))
    facts_.deletion_asked(id);
  at.ask<registry_event::cancel>([](const registry_command::answer&) {}, who, id);
}

void clients::look_at_all() {
  if (auto* service = door_.open())
    for (const auto& id : facts_.told())
      get(*service, id);
}

} // namespace glyphgate::simulation
