#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace glyphgate {

/// Fields of a header, their names in lower case.
using header_fields = std::vector<std::pair<std::string, std::string>>;

/// Where tests write down what they sent and what was answered, so that docs/openapi.yaml can be held against it
/// (tests/docs/openapi/check_exchanges.py). ctest names the file, without its ending, in GLYPHGATE_EXCHANGES; without
/// that nothing is written. One line of JSON an exchange; each byte of a text is one character. Bounded in bytes, each
/// exchange once. Thread-safe.
class exchange_record {
public:
  /// The test's name; set by the program of the tests.
  static inline std::string (*test_name)() = nullptr;

  /// Null where nothing is to be written.
  static exchange_record* get() {
    static exchange_record record;
    return record.file_.is_open() ? &record : nullptr;
  }

  void add(std::string_view method, std::string_view target, int status, const header_fields& fields,
           std::string_view body) {
    const std::lock_guard lock{mutex_};
    const auto what = std::to_string(status).append(" ").append(method).append(" ").append(target).append("\n");
    if (!known_.insert(std::hash<std::string>{}(what + std::string{body})).second || written_ > most_bytes)
      return;
    std::string line = R"({"test":)" + quoted(test_name == nullptr ? "" : test_name()) + R"(,"method":)" +
                       quoted(method) + R"(,"target":)" + quoted(target) + R"(,"status":)" + std::to_string(status) +
                       R"(,"headers":[)";
    for (const auto& [name, value] : fields)
      line.append(line.back() == '[' ? "[" : ",[").append(quoted(name)).append(",").append(quoted(value)).append("]");
    line += "],";
    if (body.size() <= longest_body)
      line.append(R"("body":)").append(quoted(body)).append(",");
    line += R"("bytes":)" + std::to_string(body.size()) + "}\n";
    written_ += line.size();
    file_ << line << std::flush;
  }

private:
  static constexpr std::size_t longest_body = 128 * 1024;
  static constexpr std::size_t most_bytes = 32 * 1024 * 1024;

  exchange_record() {
    if (const auto* path = std::getenv("GLYPHGATE_EXCHANGES"))
      file_.open(std::string{path} + ".jsonl", std::ios::trunc);
  }

  static std::string quoted(std::string_view text) {
    std::string json = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\') {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", byte);
        json += escape;
      } else {
        json += c;
      }
    }
    return json += '"';
  }

  std::mutex mutex_;
  std::ofstream file_;
  std::size_t written_ = 0;
  std::unordered_set<std::size_t> known_;
};

/// Finds the requests in what a test's client sends over one connection, which may be no HTTP at all. Holds little of
/// it: some tests measure the memory of their process.
class sent_requests {
public:
  struct line {
    std::string method;
    std::string target;
  };

  void sent(std::string_view bytes) {
    if (follows_)
      bytes_ += bytes.substr(0, most_held - std::min(most_held, bytes_.size()));
  }

  /// The next request; nothing, from now on, where what was sent is none that can be told.
  bool next(line& request) {
    bytes_.erase(0, std::min(bytes_.size(), bytes_.find_first_not_of("\r\n")));
    const auto head_size = bytes_.find("\r\n\r\n");
    const auto method_end = bytes_.find(' ');
    const auto target_end = bytes_.find(' ', method_end + 1);
    follows_ = follows_ && head_size != std::string::npos && target_end < bytes_.find("\r\n");
    if (!follows_)
      return false;
    request.method = bytes_.substr(0, method_end);
    request.target = bytes_.substr(method_end + 1, target_end - method_end - 1);
    const auto size = head_size + 4 + body_size(bytes_.substr(0, head_size + 2));
    // Whoever answers before the whole body is there closes the connection; of a long body not all is held.
    follows_ = follows_ && size <= bytes_.size();
    bytes_.erase(0, size);
    return true;
  }

private:
  static constexpr std::size_t most_held = 256 * 1024;

  std::size_t body_size(std::string head) {
    for (auto& c : head)
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    follows_ = head.find("\r\ntransfer-encoding:") == std::string::npos;
    constexpr std::string_view field = "\r\ncontent-length:";
    const auto at = head.find(field);
    return at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + field.size(), nullptr, 10);
  }

  std::string bytes_;
  bool follows_ = true;
};

} // namespace glyphgate
