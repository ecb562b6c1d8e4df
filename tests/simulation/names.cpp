#include "names.hpp"

#include <array>
#include <string_view>

namespace glyphgate::simulation {

std::string name_of(const planned_call& call) {
  return "call " + std::to_string(call.id) + "#" + std::to_string(call.attempt) + " (r" +
         std::to_string(call.reservation) + ", " + std::to_string(call.pictures.size()) + " pictures of " +
         std::to_string(call.shares->size()) + " jobs" + (call.suspect ? ", suspect)" : ")");
}

std::string name_of(const call_outcome& outcome) {
  const auto* failure = std::get_if<call_failure>(&outcome);
  if (failure == nullptr)
    return "an annotation";
  return std::string{to_string(failure->code)} + (failure->sent ? " (sent): " : " (not sent): ") + failure->detail;
}

namespace {

/// "job3 into 4 5*": the job, and the calls that it boards, with a star where it opens them.
std::string boarding_of(const job_id& id, const std::vector<boarding>& aboard) {
  auto text = "(" + id + (aboard.empty() ? "" : " into");
  for (const auto& b : aboard)
    text += " " + std::to_string(b.call) + (b.opens ? "*" : "");
  return text + ")";
}

} // namespace

std::string names_of(const std::vector<transaction>& unit) {
  std::string names;
  for (const auto& t : unit) {
    names.append(names.empty() ? "" : "+").append(glyphgate::name_of(t));
    if (const auto* accepted = std::get_if<accept_job>(&t))
      names += boarding_of(accepted->id, accepted->aboard);
    else if (const auto* boards = std::get_if<board_job>(&t))
      names += boarding_of(boards->id, boards->aboard);
    else if (const auto* ended = std::get_if<end_job>(&t))
      names += "(" + ended->end.id + ")";
  }
  return names;
}

std::string name_of(const any_registry_event& event) {
  static constexpr std::array<std::string_view, std::variant_size_v<any_registry_event>> names{
      "submit",      "quote",        "get",         "wait",          "leave",    "cancel",
      "stop_calls",  "resume_calls", "hear_budget", "keys_replaced", "sweep",    "drain",
      "time_passed", "recalled",     "store_told",  "breaker_told",  "reserved", "stored",
      "result_read", "call_ended",   "sifted",      "pool_drained",  "progress"};
  std::string name{names.at(event.index())};
  if (const auto* ended = std::get_if<registry_event::call_ended>(&event))
    name += " " + name_of(*ended->call) + ": " + name_of(*ended->outcome);
  else if (const auto* stored = std::get_if<registry_event::stored>(&event))
    name += " " + std::to_string(stored->to) + (stored->verdicts ? "" : ": refused");
  else if (const auto* reserved = std::get_if<registry_event::reserved>(&event))
    name +=
        " " + std::to_string(reserved->to) +
        (reserved->answer.granted() ? ": granted " + std::to_string(reserved->answer.calls) + " calls" : ": denied");
  else if (const auto* get = std::get_if<registry_event::get>(&event))
    name += " " + get->id;
  else if (const auto* wait = std::get_if<registry_event::wait>(&event))
    name += " " + wait->id;
  else if (const auto* cancel = std::get_if<registry_event::cancel>(&event))
    name += " " + cancel->id;
  return name;
}

} // namespace glyphgate::simulation
