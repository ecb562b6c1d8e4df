#include "vision/google/google_engine.hpp"

#include "vision/google/annotate_request.hpp"
#include "vision/google/annotate_response.hpp"
#include "vision/google/failures.hpp"
#include "vision/make_montage.hpp"
#include "vision/picture_header.hpp"

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace glyphgate::vision {

namespace {

constexpr montage_limits google_limits{{max_side_px, 75'000'000}, 20'000'000};

call_failure unsent(ec code, std::string detail, bool splittable = false) {
  return {code, std::move(detail), false, std::nullopt, splittable};
}

/// How many of its pictures can be read.
std::size_t readable(const montage& picture) {
  return picture.placements.size() - picture.unplaced.size();
}

/// One outcome a picture: what was read in those that can be read, and the reason with the others.
annotation outcomes_of(const montage& picture, recognition read) {
  annotation result;
  result.montage = to_string(picture.way);
  result.pictures.resize(picture.placements.size());
  std::vector<std::string> warnings(picture.placements.size());
  for (const auto& incomplete : picture.incomplete)
    warnings[incomplete.picture] = incomplete.text;
  auto parts = split_by_picture(std::move(read), picture.placements);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto which = picture.placements[i].picture;
    parts[i].warning = std::move(warnings[which]);
    parts[i].engine = "google";
    result.pictures[which].recognised = std::make_shared<const recognition>(std::move(parts[i]));
  }
  for (const auto& failed : picture.unplaced)
    result.pictures[failed.picture] = {nullptr, failed.text};
  return result;
}

/// The outcomes when the only picture that can be read has failed.
annotation failed_picture(const montage& picture, const std::string& why) {
  auto result = outcomes_of(picture, {});
  for (auto& one : result.pictures)
    if (one.error.empty())
      one = {nullptr, why};
  return result;
}

/// Google has answered with more than is taken, and would again: fewer pictures have less text.
call_outcome too_much(const montage& picture, const std::string& detail) {
  const auto why = "Google Vision's answer is too large: " + detail;
  if (readable(picture) == 1)
    return failed_picture(picture, why);
  return call_failure{ec::request_rejected, why, true, std::nullopt, true};
}

} // namespace

google_engine::google_engine(std::shared_ptr<const google_account> account, std::unique_ptr<picture_reader> reader)
    : account_{std::move(account)},
      reader_{std::move(reader)},
      transfer_{account_->settings.ca_file} {}

call_outcome google_engine::annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) {
  // Made while there is memory for it.
  call_failure short_of_memory{ec::internal, "the service is short of memory", false, std::nullopt};
  try {
    return attempt(call, stop, progress, short_of_memory.sent);
  } catch (const std::bad_alloc&) {
    return short_of_memory;
  }
}

call_outcome google_engine::attempt(const planned_call& call, const std::stop_token& stop, const progress_fn& progress,
                                    bool& may_be_sent) {
  const auto draw = [this](const auto& pictures, const montage_limits& limits, const std::stop_token& stopped) {
    return reader_->draw(pictures, limits, stopped);
  };
  const auto made = make_montage(call.pictures, google_limits, draw, stop);
  if (const auto* none = std::get_if<no_montage>(&made)) {
    if (none->detail.empty())
      return unsent(ec::cancelled, "stopped before the request was sent");
    return unsent(none->code, none->detail, none->code == ec::request_rejected && call.pictures.size() > 1);
  }
  auto outcome = send(std::get<montage>(made), call, stop, may_be_sent);
  if (progress && std::holds_alternative<annotation>(outcome))
    progress(call.pictures.size());
  return outcome;
}

call_outcome google_engine::send(const montage& picture, const planned_call& call, const std::stop_token& stop,
                                 bool& may_be_sent) {
  const auto& settings = account_->settings;
  annotate_request body{picture.parts, call.language_hints.empty() ? settings.language_hints : call.language_hints};
  http_request request;
  request.url = account_->url;
  request.body = &body;
  request.timeout = settings.timeout;
  request.connect_timeout = settings.connect_timeout;
  request.max_response_bytes = max_response_bytes;
  request.headers.emplace_back("Content-Type: application/json");
  if (!settings.quota_project.empty())
    request.headers.emplace_back("x-goog-user-project: " + settings.quota_project);

  std::shared_ptr<const access_token> token;
  std::string_view hidden;
  if (account_->tokens) {
    auto got = account_->tokens->get(transfer_, stop);
    if (auto* failed = std::get_if<call_failure>(&got))
      return std::move(*failed);
    token = std::get<std::shared_ptr<const access_token>>(std::move(got));
    hidden = token->value.reveal();
    request.headers.emplace_back("Authorization: Bearer " + std::string{hidden});
  } else {
    hidden = std::get<api_key>(account_->credentials).key.reveal();
    request.headers.emplace_back("x-goog-api-key: " + std::string{hidden});
  }

  may_be_sent = true;
  auto exchanged = transfer_.perform(request, stop);
  if (const auto* failed = std::get_if<transfer_failure>(&exchanged))
    return failure_of(*failed);
  const auto& response = std::get<http_response>(exchanged);
  auto outcome = read(response, picture, call.pictures.size());
  if (token && response.status == 200)
    account_->tokens->accepted(token->generation);
  auto* failed = std::get_if<call_failure>(&outcome);
  if (response.status == 401 && (!token || account_->tokens->refused(token->generation))) {
    failed->code = ec::account_refused;
    failed->unprocessed = true;
  }
  // Whatever Google or something in between quotes.
  if (failed != nullptr)
    failed->detail = presentable(failed->detail, {hidden});
  else
    for (auto& one : std::get<annotation>(outcome).pictures)
      if (!one.error.empty())
        one.error = presentable(one.error, {hidden});
  return outcome;
}

call_outcome google_engine::read(const http_response& response, const montage& picture, std::size_t pictures) const {
  if (response.status != 200)
    return failure_of_response(response, pictures);
  if (response.cut)
    return too_much(picture, "it is longer than " + std::to_string(max_response_bytes) + " bytes");
  auto parsed = parse_annotate_response(response.body);
  if (const auto* wrong = std::get_if<unreadable_answer>(&parsed)) {
    if (wrong->too_much)
      return too_much(picture, wrong->detail);
    return call_failure{ec::engine_unavailable, "Google Vision's answer cannot be read: " + wrong->detail, true,
                        std::nullopt, false};
  }
  auto& read = std::get<image_annotation>(parsed);
  if (!read.error)
    return outcomes_of(picture, std::move(read.read));
  auto failure = failure_of(*read.error, readable(picture), true);
  if (failure.code == ec::request_rejected && !failure.splittable)
    return failed_picture(picture, "Google Vision cannot read it: " + read.error->message);
  return failure;
}

} // namespace glyphgate::vision
