#include "core/job.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace glyphgate {

namespace {

constexpr std::array<std::pair<job_status, std::string_view>, 5> status_names{{
    {job_status::pending, "pending"},
    {job_status::processing, "processing"},
    {job_status::completed, "completed"},
    {job_status::failed, "failed"},
    {job_status::cancelled, "cancelled"},
}};

/// No picture that is read has it, and no refused one in another place of its job.
digest content_of_refused(std::size_t position, const std::string& why) {
  digest_builder builder;
  builder.field("refused").field(std::to_string(position)).field(why);
  return builder.finish();
}

} // namespace

std::uint64_t bytes_of(const job_spec& spec) {
  std::uint64_t sum = 0;
  std::unordered_set<const picture_bytes*> seen;
  for (const auto& p : spec.pictures)
    if (p.bytes && seen.insert(p.bytes.get()).second)
      sum += p.bytes->size();
  return sum;
}

std::uint32_t refused_pictures(const job_spec& spec) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(spec.pictures, [](const picture& p) { return !p.refused.empty(); }));
}

std::uint64_t bytes_of(const job_result& result) {
  // What the store adds to a picture and to a symbol, roughly.
  constexpr std::uint64_t a_picture = 150;
  constexpr std::uint64_t a_symbol = 12;
  std::uint64_t sum = 0;
  for (const auto& p : result.pictures) {
    sum += a_picture + p.id.size() + p.outcome.error.size();
    if (!p.outcome.recognised)
      continue;
    sum += p.outcome.recognised->warning.size();
    for (const auto& s : p.outcome.recognised->symbols)
      sum += a_symbol + s.text.size();
  }
  return sum;
}

void add_own_texts(const job_spec& spec, recognitions& known) {
  known.resize(spec.pictures.size());
  for (std::size_t i = 0; i < known.size(); ++i)
    if (spec.pictures[i].text)
      known[i] = spec.pictures[i].text;
}

picture_indices pictures_to_send(const job_spec& spec, std::span<const std::shared_ptr<const recognition>> known) {
  picture_indices indices;
  std::unordered_set<digest> seen;
  for (std::uint32_t i = 0; i < spec.pictures.size(); ++i)
    if (!known[i] && spec.pictures[i].refused.empty() && seen.insert(spec.recognition_keys[i]).second)
      indices.push_back(i);
  return indices;
}

void repeat_outcomes(std::span<const digest> keys, std::span<picture_outcome> outcomes) {
  std::unordered_map<digest, std::size_t> first_of;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto [first, is_first] = first_of.emplace(keys[i], i);
    if (!is_first && !outcomes[i].recognised)
      outcomes[i] = outcomes[first->second];
  }
}

void note_repeats(std::span<const digest> keys, std::span<picture_result> pictures) {
  std::unordered_map<digest, std::uint32_t> first_of;
  for (std::uint32_t i = 0; i < pictures.size(); ++i)
    if (const auto [first, is_first] = first_of.emplace(keys[i], i); !is_first)
      pictures[i].same_as = first->second;
}

digest identity_of(const std::vector<picture>& pictures, const std::vector<std::string>& language_hints,
                   std::string_view scope, bool near_duplicates, bool keep_images) {
  digest_builder builder;
  builder.field(scope);
  if (near_duplicates)
    builder.field("near-duplicates are read once");
  if (keep_images)
    builder.field("images are kept");
  builder.field(std::to_string(pictures.size()));
  for (const auto& p : pictures)
    builder.field(p.id).field(p.content);
  for (const auto& hint : language_hints)
    builder.field(hint);
  return builder.finish();
}

std::string scope_of(const owner_name& owner, std::string_view scope) {
  std::string own{scope};
  if (!owner.empty())
    own.append("\nof ").append(owner);
  return own;
}

digest recognition_key(std::string_view scope, const std::vector<std::string>& language_hints, const digest& content) {
  digest_builder builder;
  builder.field(scope).field(content);
  for (const auto& hint : language_hints)
    builder.field(hint);
  return builder.finish();
}

std::shared_ptr<const job_spec> make_job_spec(std::vector<picture> pictures, std::vector<std::string> language_hints,
                                              std::string_view scope, job_options options) {
  auto spec = std::make_shared<job_spec>();
  spec->max_delay = options.max_delay;
  spec->near_duplicates = options.near_duplicates;
  spec->keep_images = options.keep_images;
  const auto own_scope = scope_of(options.owner, scope);
  for (std::size_t i = 0; i < pictures.size(); ++i)
    if (!pictures[i].refused.empty())
      pictures[i].content = content_of_refused(i, pictures[i].refused);
  spec->identity = identity_of(pictures, language_hints, own_scope, options.near_duplicates, options.keep_images);
  spec->recognition_keys.reserve(pictures.size());
  for (const auto& p : pictures)
    spec->recognition_keys.push_back(
        recognition_key(options.share_results ? scope : own_scope, language_hints, p.content));
  if (options.key) {
    digest_builder request;
    request.field(identity_of(pictures, language_hints, "", options.near_duplicates, options.keep_images))
        .field(std::to_string(options.max_delay.value_or(duration{-1}).count()));
    spec->key = request_key{std::move(*options.key), request.finish()};
  }
  spec->owner = std::move(options.owner);
  spec->trace = options.trace;
  spec->pictures = std::move(pictures);
  spec->language_hints = std::move(language_hints);
  return spec;
}

std::string_view to_string(job_status status) {
  for (const auto& [value, name] : status_names)
    if (value == status)
      return name;
  return "unknown";
}

std::string_view to_string(waiting_for what) {
  switch (what) {
  case waiting_for::company: return "company";
  case waiting_for::budget: return "budget";
  case waiting_for::engine: return "engine";
  }
  return "unknown";
}

std::optional<job_status> job_status_of(std::string_view name) {
  for (const auto& [value, known] : status_names)
    if (known == name)
      return value;
  return std::nullopt;
}

} // namespace glyphgate
