#include "store/sqlite/payload_files.hpp"

#include "core/failpoint.hpp"
#include "core/log.hpp"
#include "store/store.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace glyphgate::store {

namespace {

constexpr std::string_view prefix = "segment-";

/// The current segment may hold so many bytes that nobody needs until it is tidied up: a service with one job at a time
/// makes no file for each.
constexpr std::uint64_t most_dead = std::uint64_t{1} << 20U;

[[noreturn]] void fail(const std::string& doing, const std::string& path) {
  throw store_error{doing + " " + path + ": " + std::generic_category().message(errno)};
}

bool write_all(int fd, std::span<const held_bytes> parts, std::uint64_t offset) {
  std::vector<iovec> left;
  left.reserve(parts.size());
  for (const auto& part : parts)
    left.push_back({const_cast<char*>(part.view.data()), part.view.size()});
  for (auto next = left.begin(); next != left.end();) {
    const auto count = std::min<std::ptrdiff_t>(left.end() - next, IOV_MAX);
    const auto n = ::pwritev(fd, &*next, static_cast<int>(count), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    auto written = static_cast<std::size_t>(n);
    offset += written;
    for (; next != left.end() && written >= next->iov_len; ++next)
      written -= next->iov_len;
    if (written != 0) {
      next->iov_base = static_cast<char*>(next->iov_base) + written;
      next->iov_len -= written;
    }
  }
  return true;
}

/// False when it fails; less than asked for when the file ends before.
bool read_up_to(int fd, std::string& bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    if (n == 0)
      break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return true;
}

/// The number of a segment; 0 where that is another file's name.
std::uint64_t number_of(std::string_view name) {
  std::uint64_t number = 0;
  if (name.starts_with(prefix))
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
  return number;
}

} // namespace

payload_files::payload_files(const std::filesystem::path& directory)
    : path_{directory},
      directory_{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)} {
  if (!directory_.is_open())
    fail("cannot open the directory", path_.string());
}

payload_files::~payload_files() {
  tidy();
}

std::string payload_files::path_of(const std::string& name) const {
  return (path_ / name).string();
}

payload_bytes payload_files::take_up(const job_id& id, const std::string& file, std::span<const payload_part> parts) {
  auto& s = earlier_[file];
  if (!s) {
    s = std::make_shared<segment>();
    s->name = file;
  }
  ++s->jobs;
  jobs_.emplace(id, s);
  payload_bytes found(parts.size());
  if (parts.empty())
    return found;
  // To open a pipe would wait for whoever writes into it.
  const file_descriptor opened{
      ::openat(directory_.get(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!opened.is_open() && errno == ENOENT)
    return found;
  if (!opened.is_open())
    fail("cannot open the pictures", path_of(file));
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0)
    fail("cannot read the pictures", path_of(file));
  if (!S_ISREG(status.st_mode))
    throw store_error{"cannot read the pictures " + path_of(file) + ": it is no regular file"};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!s->map) {
    s->map = file_map::of(opened.get(), size);
    s->capacity = size;
  }
  // Pictures of one file are of the same part.
  std::unordered_map<std::uint64_t, std::size_t> first_at;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& [offset, length, content] = parts[i];
    const auto first = first_at.emplace(offset, i).first->second;
    if (first != i && parts[first] == parts[i]) {
      found[i] = found[first];
      continue;
    }
    // What a damaged row asks for may be more than there is memory.
    if (offset > size || length > size - offset)
      continue;
    // Read from the file, not from the map: there an error of the disk is a signal. So no page of the map is touched
    // until the picture is sent.
    std::string bytes(length, '\0');
    if (!read_up_to(opened.get(), bytes, offset))
      fail("cannot read the pictures", path_of(file));
    if (bytes.size() != length || sha256(bytes) != content)
      continue;
    const bool is_mapped = s->map && offset <= s->capacity && length <= s->capacity - offset;
    found[i] = is_mapped ? std::make_shared<picture_bytes>(held_bytes{s->map->view(offset, length), s->map})
                         : make_picture_bytes(std::move(bytes));
  }
  return found;
}

std::size_t payload_files::remove_others() {
  std::vector<std::string> orphans;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{path_, error}, end; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    next_number_ = std::max(next_number_, number_of(name) + 1);
    if (!earlier_.contains(name))
      orphans.push_back(name);
  }
  if (error)
    throw store_error{"cannot list the directory " + path_.string() + ": " + error.message()};
  for (const auto& [name, s] : earlier_)
    next_number_ = std::max(next_number_, number_of(name) + 1);
  earlier_.clear();
  for (const auto& name : orphans)
    remove(name);
  return orphans.size();
}

void payload_files::release(std::span<const job_id> ids) {
  for (const auto& id : ids) {
    const auto node = jobs_.extract(id);
    if (node.empty())
      continue;
    const auto& s = node.mapped();
    if (--s->jobs == 0 && (!is_current(s) || s->end >= most_dead))
      remove(s);
  }
}

void payload_files::tidy() {
  for (const auto& s : current_)
    if (s && s->jobs == 0)
      remove(s);
}

payload_files::segment_ptr payload_files::with_room(std::uint64_t size, bool keep) {
  auto& current = current_[keep ? 1 : 0];
  if (!current || current->capacity - current->end < size) {
    const auto next = create(std::max(segment_size, size));
    tidy();
    current = next;
  }
  return current;
}

payload_files::segment_ptr payload_files::create(std::uint64_t capacity) {
  auto s = std::make_shared<segment>();
  s->capacity = capacity;
  // A name is used once: what a job of an earlier process lost is not another's.
  do {
    s->name = std::string{prefix} + std::to_string(next_number_++);
    s->file = file_descriptor{
        ::openat(directory_.get(), s->name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  } while (!s->file.is_open() && errno == EEXIST);
  if (!s->file.is_open())
    fail("cannot create", path_of(s->name));
  s->map = file_map::of(s->file.get(), capacity);
  return s;
}

// By value: the argument may be in `current_` itself.
void payload_files::retire(segment_ptr s) {
  for (auto& current : current_)
    if (s == current)
      current.reset();
  s->file = file_descriptor{};
}

void payload_files::remove(segment_ptr s) {
  retire(s);
  remove(s->name);
}

void payload_files::remove(const std::string& name) const {
  if (GLYPHGATE_FAILPOINT_FAILS("store.payload.remove"))
    errno = EIO;
  else if (::unlinkat(directory_.get(), name.c_str(), 0) == 0 || errno == ENOENT)
    return;
  log::warn("payload_not_removed", {{"file", name}, {"error", std::generic_category().message(errno)}});
}

payload_batch::~payload_batch() {
  if (is_kept_)
    return;
  for (const auto& [id, where] : places_)
    --where.segment->jobs;
  for (const auto& [s, from, bytes] : additions_) {
    s->end = from;
    if (s->jobs == 0) {
      files_.remove(s);
      continue;
    }
    const bool is_cut = ::ftruncate(s->file.get(), static_cast<off_t>(from)) == 0;
    // What a sync that failed has left in memory may never reach the disk: nothing is built on it.
    if (has_failed_ || !is_cut || !files_.is_current(s))
      files_.retire(s);
  }
}

payload_place payload_batch::add(const job_id& id, const payload_bytes& pictures, bool keep) {
  if (const auto found = places_.find(id); found != places_.end())
    return {found->second.segment->name, found->second.offset};
  std::uint64_t size = 0;
  for (const auto& p : pictures)
    size += p->size();
  const auto before = files_.current_[keep ? 1 : 0];
  const auto s = files_.with_room(size, keep);
  const auto adds_to = [this](const payload_files::segment_ptr& to) {
    return std::ranges::find(additions_, to, &addition::segment);
  };
  if (before && before != s && adds_to(before) == additions_.end())
    files_.retire(before);
  auto addition_to = adds_to(s);
  if (addition_to == additions_.end())
    addition_to = additions_.insert(additions_.end(), {s, s->end, {}});
  const auto offset = std::exchange(s->end, s->end + size);
  ++s->jobs;
  places_.emplace(id, place{s, offset});
  for (const auto& p : pictures)
    addition_to->bytes.push_back(p->hold());
  return {s->name, offset};
}

void payload_batch::write() {
  try {
    write_additions();
  } catch (...) {
    has_failed_ = true;
    throw;
  }
}

void payload_batch::write_additions() {
  bool has_new_name = false;
  for (auto& [s, from, bytes] : additions_) {
    if (bytes.empty())
      continue;
    if (!write_all(s->file.get(), bytes, from))
      fail("cannot write", files_.path_of(s->name));
    if (::fdatasync(s->file.get()) != 0)
      fail("cannot sync", files_.path_of(s->name));
    bytes.clear();
    has_new_name |= !s->is_named;
  }
  if (!has_new_name)
    return;
  if (::fsync(files_.directory_.get()) != 0)
    fail("cannot sync", files_.path_.string());
  for (auto& a : additions_)
    a.segment->is_named = true;
}

void payload_batch::keep() {
  if (std::exchange(is_kept_, true))
    return;
  for (const auto& [id, where] : places_)
    files_.jobs_.emplace(id, where.segment);
  // Those that were filled take no more.
  for (const auto& a : additions_)
    if (!files_.is_current(a.segment))
      files_.retire(a.segment);
}

void payload_batch::move(const job_id& id, const payload_bytes& pictures) const {
  const auto found = places_.find(id);
  if (found == places_.end() || !found->second.segment->map)
    return;
  auto [s, offset] = found->second;
  for (const auto& p : pictures) {
    p->move_to({s->map->view(offset, p->size()), s->map});
    offset += p->size();
  }
}

} // namespace glyphgate::store
