#include "http/answers/result_cache.hpp"

#include "core/digest.hpp"
#include "http/wire/content_coding.hpp"
#include "http/wire/entity_tag.hpp"

#include <algorithm>
#include <utility>

namespace glyphgate::http {

namespace {

// Far more deletions than can be answered while one rendering is on its way.
constexpr std::size_t max_dropped = 256;

} // namespace

rendered_job render_job(std::string json) {
  rendered_job job;
  job.etag = '"' + to_hex(sha256(json)).substr(0, 32) + '"';
  job.headers = result_headers(job.etag);
  job.body = std::make_shared<const std::string>(std::move(json));
  return job;
}

std::shared_ptr<const rendered_job> gzip_form(const rendered_job& job) {
  auto packed = gzipped(*job.body);
  if (!packed)
    return nullptr;
  rendered_job form;
  form.etag = gzip_etag(job.etag);
  form.headers = result_headers(form.etag) + "Content-Encoding: gzip\r\n";
  form.body = std::make_shared<const std::string>(*std::move(packed));
  return std::make_shared<const rendered_job>(std::move(form));
}

std::string result_headers(std::string_view etag) {
  return "Cache-Control: private, no-cache\r\nVary: Accept, Accept-Encoding\r\nETag: " + std::string{etag} + "\r\n";
}

std::shared_ptr<const rendered_job> result_cache::find(std::string_view id, timestamp now) {
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  if (found == by_id_.end())
    return nullptr;
  const auto at = found->second;
  if (at->expires_at <= now) {
    erase(at);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, at);
  return at->job;
}

void result_cache::insert(const job_id& id, timestamp expires_at, std::shared_ptr<const rendered_job> job) {
  entry fresh{id, expires_at, std::move(job), nullptr};
  const std::uint64_t size = size_of(fresh);
  const std::lock_guard lock{mutex_};
  if (size > max_bytes_ || by_id_.contains(id) || std::find(dropped_.begin(), dropped_.end(), id) != dropped_.end())
    return;
  while (bytes_ + size > max_bytes_)
    erase(std::prev(entries_.end()));
  entries_.push_front(std::move(fresh));
  by_id_.emplace(entries_.front().id, entries_.begin());
  bytes_ += size;
}

std::shared_ptr<const rendered_job> result_cache::find_gzipped(std::string_view id) {
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second->gzipped;
}

void result_cache::add_gzipped(std::string_view id, std::shared_ptr<const rendered_job> form) {
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->gzipped != nullptr)
    return;
  const auto at = found->second;
  const std::uint64_t size = form->body->size();
  if (size_of(*at) + size > max_bytes_)
    return;
  entries_.splice(entries_.begin(), entries_, at);
  // It is the first now, and fits by itself.
  while (bytes_ + size > max_bytes_)
    erase(std::prev(entries_.end()));
  at->gzipped = std::move(form);
  bytes_ += size;
}

void result_cache::drop(const job_id& id) {
  const std::lock_guard lock{mutex_};
  if (const auto found = by_id_.find(id); found != by_id_.end())
    erase(found->second);
  dropped_.push_back(id);
  if (dropped_.size() > max_dropped)
    dropped_.pop_front();
}

std::uint64_t result_cache::bytes() const {
  const std::lock_guard lock{mutex_};
  return bytes_;
}

void result_cache::erase(entries::iterator at) {
  bytes_ -= size_of(*at);
  by_id_.erase(at->id);
  entries_.erase(at);
}

std::uint64_t result_cache::size_of(const entry& e) {
  constexpr std::uint64_t overhead = 512;
  return overhead + e.id.size() + e.job->body->size() + (e.gzipped == nullptr ? 0 : e.gzipped->body->size());
}

} // namespace glyphgate::http
