#pragma once

#include "http/wire/problem.hpp"
#include "http/wire/request_body.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Reads a body's JSON where it lies, event by event: most of it is base64, of which nothing is to be copied.
namespace glyphgate::http {

/// How many characters of a JSON string that mean themselves come before the next one that does not: a quote, a
/// backslash, or a control character. There is one, and as many bytes behind it as a body's padding.
std::size_t json_run_length(const char* text);

/// Changes every number of the JSON text that no double could hold to a harmless one of the same form, as the parser
/// refuses such numbers. The text ends in a zero byte.
void tame_json_numbers(std::span<char> text);

/// The parser asks its encoding for each character of a string. This one takes all at once that mean themselves.
/// (The parser's own way to do so, RAPIDJSON_SSE2, lets control characters pass.)
struct utf8_by_runs : rapidjson::UTF8<> {};

} // namespace glyphgate::http

template <>
struct rapidjson::Transcoder<glyphgate::http::utf8_by_runs, glyphgate::http::utf8_by_runs>
    : rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>> {
  using rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>>::Transcode;

  static bool Transcode(InsituStringStream& in, InsituStringStream& out) {
    const auto size = glyphgate::http::json_run_length(in.src_);
    // What was written for an escape is shorter than it.
    if (out.dst_ != in.src_)
      std::memmove(out.dst_, in.src_, size);
    in.src_ += size;
    out.dst_ += size;
    return true;
  }
};

namespace glyphgate::http {

enum class json_kind : std::uint8_t { null, boolean, number, string };

/// The parser's events as few calls: a scalar, and the begin and end of objects and arrays. `Derived` has
/// `key(text)`, `scalar(kind, text)`, `begin(is_object)` and `end()`; false from any of them stops the parser. Numbers
/// come as their text, booleans as "true" or "false".
template <class Derived>
class sax_handler {
public:
  /// Deeper than any body that means something; the parser's own stack grows with it.
  static constexpr std::size_t max_depth = 32;

  bool Null() { return self().scalar(json_kind::null, {}); }
  bool Bool(bool value) { return self().scalar(json_kind::boolean, value ? "true" : "false"); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return self().scalar(json_kind::number, {text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return self().scalar(json_kind::string, {text, size});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return self().key({text, size}); }
  bool StartObject() { return enter() && self().begin(true); }
  bool StartArray() { return enter() && self().begin(false); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool EndArray(rapidjson::SizeType) { return leave(); }
  // Never called: numbers come as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  bool too_deep() const { return depth_ > max_depth; }

private:
  Derived& self() { return static_cast<Derived&>(*this); }
  bool enter() { return ++depth_ <= max_depth; }
  bool leave() {
    --depth_;
    return self().end();
  }

  std::size_t depth_ = 0;
};

/// Parses the whole text in place, which spoils it: the strings that the handler is given lie in it, and what is behind
/// them has been read. Returns what is wrong with it as JSON; what the handler itself stopped for is left to the
/// handler.
template <class Handler>
std::optional<problem> parse_json(request_body& body, Handler& handler) {
  constexpr unsigned flags =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  // An empty body has no memory; the parser wants the zero byte that ends every other one.
  char nothing = 0;
  rapidjson::InsituStringStream stream{body.empty() ? &nothing : body.bytes().data()};
  tame_json_numbers(body.bytes());
  rapidjson::GenericReader<utf8_by_runs, utf8_by_runs> reader;
  const auto result = reader.template Parse<flags>(stream, handler);
  const auto refuse_at = [](std::size_t offset, const std::string& why) {
    return malformed_request("the body is not JSON, at byte " + std::to_string(offset) + ": " + why);
  };
  if (handler.too_deep())
    return refuse_at(result.Offset(), "it is nested too deeply");
  if (result.IsError() && result.Code() != rapidjson::kParseErrorTermination)
    return refuse_at(result.Offset(), rapidjson::GetParseError_En(result.Code()));
  // A zero byte looks like the end to the parser.
  if (!result.IsError() && stream.Tell() != body.size())
    return refuse_at(stream.Tell(), "it holds a zero byte");
  return std::nullopt;
}

} // namespace glyphgate::http
