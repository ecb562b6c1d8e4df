#include "core/registry/registry_core.hpp"

namespace glyphgate {

std::vector<picture_indices> registry_core::plan(const job_spec& spec, const picture_indices& to_send) const {
  std::vector<picture> pictures;
  pictures.reserve(to_send.size());
  for (const auto i : to_send)
    pictures.push_back(spec.pictures[i]);
  auto calls = setup.plan_calls(pictures);
  for (auto& call : calls)
    for (auto& position : call)
      position = to_send[position];
  return calls;
}

} // namespace glyphgate
