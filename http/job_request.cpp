#include "http/job_request.hpp"

#include "core/utf8.hpp"
#include "http/text.hpp"
#include "vision/jpeg/splice.hpp"
#include "vision/picture_header.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::size_t max_id_size = 256;
constexpr std::size_t max_hint_size = 64;

// Collects what is wrong, and which kinds of wrong there are.
class findings {
public:
  void add(input_error error, ec code = ec::none) {
    errors_.push_back(std::move(error));
    if (code == ec::unsupported_format)
      has_foreign_ = true;
    else if (code != ec::picture_too_large)
      has_invalid_ = true;
  }

  void add(image_label image, const vision::picture_refusal& refusal) {
    if (refusal.limit && !limit_)
      limit_ = named_limit{std::string{refusal.limit->name}, refusal.limit->value};
    add({std::move(image), "", refusal.detail}, refusal.code);
  }

  bool empty() const { return errors_.empty(); }

  problem as_problem() && {
    const std::string detail = errors_.size() == 1
                                   ? errors_.front().detail
                                   : std::to_string(errors_.size()) + " things are wrong with the request, see errors";
    if (has_invalid_)
      return invalid_request(detail, std::move(errors_));
    problem p = make_problem(has_foreign_ ? ec::unsupported_format : ec::picture_too_large, detail);
    p.errors = std::move(errors_);
    if (has_foreign_)
      p.supported = {"image/jpeg", "image/png", "image/webp"};
    else
      p.limit = std::move(limit_);
    return p;
  }

private:
  std::vector<input_error> errors_;
  std::optional<named_limit> limit_;
  bool has_invalid_ = false;
  bool has_foreign_ = false;
};

// Why it cannot be an id; empty when it can.
std::string id_error(const std::optional<std::string>& id) {
  if (!id)
    return "the id is missing or no string";
  if (id->empty())
    return "the id is empty";
  if (id->size() > max_id_size)
    return "the id is longer than " + std::to_string(max_id_size) + " bytes";
  if (!is_utf8(*id) || has_control_character(*id))
    return "the id is no UTF-8 or holds a control character";
  return "";
}

std::variant<picture_info, vision::picture_refusal> check_image(const uploaded_picture& image,
                                                                const call_limits& limits) {
  if (!image.error.empty())
    return vision::picture_refusal{ec::invalid_picture, image.error, {}};
  const auto bytes = image.bytes.view;
  if (bytes.empty())
    return vision::picture_refusal{ec::invalid_picture, "it is empty", {}};
  auto header = vision::inspect(bytes);
  if (auto* refusal = std::get_if<vision::picture_refusal>(&header))
    return std::move(*refusal);
  auto info = std::get<vision::picture_header>(header).info;
  if (auto refusal = vision::check_limits(info, bytes.size(), limits))
    return std::move(*refusal);
  info.joins = vision::joins_of(bytes, info);
  return info;
}

void check_hints(const std::vector<std::string>& hints, const vision::engine_provider& engine, findings& found) {
  for (const auto& hint : hints)
    if (hint.empty() || hint.size() > max_hint_size || !is_utf8(hint) || has_control_character(hint)) {
      found.add({{}, "language_hints", "a hint is empty, too long, no UTF-8 or holds a control character"});
      return;
    }
  for (auto& refused : engine.refuse_hints(hints))
    found.add({{}, "language_hints", std::move(refused)}, ec::unsupported_language);
}

std::optional<duration> delay_of(const std::optional<std::string>& given, std::chrono::seconds most, findings& found) {
  if (!given)
    return std::nullopt;
  std::uint64_t seconds = 0;
  const auto* const end = given->data() + given->size();
  const auto [stopped_at, error] = std::from_chars(given->data(), end, seconds);
  const auto bound = static_cast<std::uint64_t>(most.count());
  if (error == std::errc{} && stopped_at == end && seconds <= bound)
    return std::chrono::seconds{seconds};
  found.add({{},
             std::string{max_delay_field},
             "it must be a whole number of seconds from 0 to " + std::to_string(bound) +
                 " (JOB_MAX_AGE_SECONDS); correct it, or leave it out"});
  return std::nullopt;
}

} // namespace

std::variant<std::shared_ptr<const job_spec>, problem>
job_from(upload from, const call_limits& limits, const job_config& jobs, const vision::engine_provider& engine) {
  findings found;
  for (auto& error : from.errors)
    found.add(std::move(error));
  if (from.pictures.empty() && found.empty())
    found.add({{}, "images", "there is no image"});
  check_hints(from.language_hints, engine, found);
  const auto max_delay = delay_of(from.max_delay_seconds, jobs.max_age, found);

  std::vector<picture> pictures;
  pictures.reserve(from.pictures.size());
  std::unordered_set<std::string> ids;
  for (std::size_t i = 0; i < from.pictures.size(); ++i) {
    auto& image = from.pictures[i];
    const std::string bad_id = id_error(image.id);
    image_label label = i;
    if (!bad_id.empty()) {
      found.add({label, "", bad_id});
    } else {
      label = *image.id;
      if (!ids.insert(*image.id).second)
        found.add({label, "", "another image has the same id"});
    }

    const auto checked = check_image(image, limits);
    if (const auto* refusal = std::get_if<vision::picture_refusal>(&checked))
      found.add(std::move(label), *refusal);
    else if (found.empty())
      pictures.push_back({std::move(*image.id), std::make_shared<picture_bytes>(std::move(image.bytes)),
                          std::get<picture_info>(checked), image.content.value_or(digest{})});
  }
  if (!found.empty())
    return std::move(found).as_problem();
  for (std::size_t i = 0; i < pictures.size(); ++i)
    if (!from.pictures[i].content)
      pictures[i].content = sha256(pictures[i].bytes->hold().view);
  return make_job_spec(std::move(pictures), std::move(from.language_hints), engine.recognition_scope(), max_delay);
}

} // namespace glyphgate::http
