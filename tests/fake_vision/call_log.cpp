#include "fake_vision/call_log.hpp"

#include <fcntl.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace glyphgate::fake {

namespace {

std::string line_of(const call_record& record) {
  using namespace std::chrono;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> to{buffer};
  to.StartObject();
  to.Key("time_ms");
  to.Int64(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  to.Key("kind");
  const auto kind = to_string(record.kind);
  to.String(kind.data(), static_cast<rapidjson::SizeType>(kind.size()));
  to.Key("path");
  to.String(record.path.c_str());
  to.Key("bytes");
  to.Uint64(record.bytes);
  to.Key("complete");
  to.Bool(record.complete);
  to.Key("width");
  to.Uint(record.width);
  to.Key("height");
  to.Uint(record.height);
  to.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + '\n';
}

} // namespace

call_log::call_log(const std::filesystem::path& file) {
  if (file.empty())
    return;
  file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0)
    throw std::system_error{errno, std::generic_category(), file.string()};
}

call_log::~call_log() {
  if (file_ >= 0)
    ::close(file_);
}

void call_log::add(call_record record) {
  const std::lock_guard lock{mutex_};
  if (file_ >= 0) {
    const auto line = line_of(record);
    // One write: no line is ever mixed with another's.
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::system_error{errno, std::generic_category(), "the call log cannot be written"};
  }
  records_.push_back(std::move(record));
}

std::vector<call_record> call_log::records() const {
  const std::lock_guard lock{mutex_};
  return records_;
}

} // namespace glyphgate::fake
