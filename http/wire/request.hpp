#pragma once

#include "http/wire/request_body.hpp"
#include "http/wire/visitor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glyphgate::http {

/// A request as it came off the wire, its framing checked. Movable; the views that it gives are valid while it stays
/// where it is.
class request {
public:
  std::string_view method() const { return view(method_); }
  /// As sent, percent-encoded.
  std::string_view path() const { return view(path_); }
  /// What follows the '?', percent-encoded; empty when there is none.
  std::string_view query() const { return view(query_); }
  /// The value of the first field of that name, without the white space around it; empty when there is none. `name` is
  /// in lower case.
  std::string_view header(std::string_view name) const;
  /// Calls `visit` with the name and the value of each field, in order.
  template <class Visit>
  void for_each_field(Visit visit) const {
    for (const auto& f : fields_)
      visit(view(f.name), view(f.value));
  }
  /// Whether the client wants the connection kept.
  bool keep_alive() const { return keep_alive_; }
  /// Whether the client knows HTTP/1.0 only.
  bool is_http_1_0() const { return http_1_0_; }

  request_body body;

  /// Decided when its header has been read. Nobody is known before.
  admittance from;

private:
  friend class request_reader;

  struct span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  struct field {
    span name;
    span value;
  };

  std::string_view view(span s) const { return std::string_view{head_}.substr(s.begin, s.size); }

  std::string head_;
  span method_;
  span path_;
  span query_;
  std::vector<field> fields_;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
};

} // namespace glyphgate::http
