#include "http/uploads/base64_data.hpp"
#include "http/uploads/upload.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace glyphgate::http {

namespace {

// What ends a run of characters that mean themselves: a quote, a backslash, or what may not be in a string.
constexpr unsigned ends_run(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return unsigned{byte == '"'} | unsigned{byte == '\\'} | unsigned{byte < 0x20};
}

// How many characters before the next one that ends a run. There is one, and as many bytes behind it as a block has:
// the padding of a body. Written so that compilers look at a block at once.
std::size_t run_length(const char* text) {
  constexpr std::size_t block = 32;
  static_assert(block <= request_body::padding);
  const char* at = text;
  for (unsigned char ends = 0;; at += block) {
    for (std::size_t i = 0; i < block; ++i)
      ends = static_cast<unsigned char>(ends | ends_run(at[i]));
    if (ends != 0)
      break;
  }
  while (ends_run(*at) == 0)
    ++at;
  return static_cast<std::size_t>(at - text);
}

// The parser asks its encoding for each character of a string. This one takes all at once that mean themselves: nearly
// a whole body is base64. (The parser's own way to do so, RAPIDJSON_SSE2, lets control characters pass.)
struct utf8_by_runs : rapidjson::UTF8<> {};

} // namespace

} // namespace glyphgate::http

template <>
struct rapidjson::Transcoder<glyphgate::http::utf8_by_runs, glyphgate::http::utf8_by_runs>
    : rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>> {
  using rapidjson::Transcoder<rapidjson::UTF8<>, rapidjson::UTF8<>>::Transcode;

  static bool Transcode(InsituStringStream& in, InsituStringStream& out) {
    const auto size = glyphgate::http::run_length(in.src_);
    // What was written for an escape is shorter than it.
    if (out.dst_ != in.src_)
      std::memmove(out.dst_, in.src_, size);
    in.src_ += size;
    out.dst_ += size;
    return true;
  }
};

namespace glyphgate::http {

namespace {

using rapidjson::SizeType;

// The parser refuses numbers that no double holds, though nobody asks for their value. In one that might be such, its
// exponent becomes 0, and the whole part of its mantissa one digit before a fraction: no text that would be taken for
// an integer, before or afterwards, and of the same form.
void tame(std::span<char> number) {
  constexpr std::size_t harmless_digits = 300;
  constexpr std::size_t harmless_exponent = 2;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto whole = std::find_if(number.begin(), number.end(), is_digit);
  const auto whole_end = std::find_if_not(whole, number.end(), is_digit);
  if (static_cast<std::size_t>(whole_end - whole) > harmless_digits && *whole != '0') {
    if (number.end() - whole_end > 1 && *whole_end == '.' && is_digit(whole_end[1]))
      *whole_end = '0';
    whole[1] = '.';
  }
  const auto exponent = std::find_if(whole_end, number.end(), [](char c) { return c == 'e' || c == 'E'; });
  const auto digits = std::find_if(exponent, number.end(), is_digit);
  if (static_cast<std::size_t>(number.end() - digits) > harmless_exponent)
    std::replace_if(digits, number.end(), is_digit, '0');
}

// Tames every number of the text, which ends in a zero byte.
void tame_numbers(std::span<char> text) {
  const auto in_number = [](char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
  };
  char* at = text.data();
  char* const end = at + text.size();
  while (at < end) {
    if (*at == '"') {
      // To the string's end.
      for (++at; at < end; ++at) {
        at += run_length(at);
        if (at >= end || *at == '"')
          break;
        if (*at == '\\')
          ++at;
      }
      ++at;
    } else if (*at >= '0' && *at <= '9') {
      char* const begin = at;
      at = std::find_if_not(begin, end, in_number);
      tame({begin, at});
    } else {
      ++at;
    }
  }
}

// Deeper than any body that means something; the parser's own stack grows with it.
constexpr std::size_t max_depth = 32;

enum class json_kind : std::uint8_t { null, boolean, number, string };

// The parser's events as few calls: a scalar, and the begin and end of objects and arrays. `Derived` has key, scalar,
// begin and end; false from any of them stops the parser.
template <class Derived>
class sax_handler {
public:
  bool Null() { return self().scalar(json_kind::null, {}); }
  bool Bool(bool value) { return self().scalar(json_kind::boolean, value ? "true" : "false"); }
  bool RawNumber(const char* text, SizeType size, bool) { return self().scalar(json_kind::number, {text, size}); }
  bool String(const char* text, SizeType size, bool) { return self().scalar(json_kind::string, {text, size}); }
  bool Key(const char* text, SizeType size, bool) { return self().key({text, size}); }
  bool StartObject() { return enter() && self().begin(true); }
  bool StartArray() { return enter() && self().begin(false); }
  bool EndObject(SizeType) { return leave(); }
  bool EndArray(SizeType) { return leave(); }
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

// Parses the whole text in place. Returns what is wrong with it as JSON; what the handler itself stopped for is left to
// the handler.
template <class Handler>
std::optional<problem> parse_json(request_body& body, Handler& handler) {
  constexpr unsigned flags =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  // An empty body has no memory; the parser wants the zero byte that ends every other one.
  char nothing = 0;
  rapidjson::InsituStringStream stream{body.empty() ? &nothing : body.bytes().data()};
  tame_numbers(body.bytes());
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

json_kind kind_of(const wish& w) {
  switch (w.in_json) {
  case wish::kind::string: return json_kind::string;
  case wish::kind::number: return json_kind::number;
  case wish::kind::boolean: return json_kind::boolean;
  }
  return json_kind::null;
}

class upload_handler : public sax_handler<upload_handler> {
public:
  /// For the text of that body.
  explicit upload_handler(const request_body_ptr& body) : body_{body} {}

  upload result;
  bool is_object = true;

  bool key(std::string_view name) {
    if (ignored_ == 0)
      key_ = name;
    return true;
  }

  bool scalar(json_kind kind, std::string_view text) {
    if (ignored_ != 0)
      return true;
    switch (place_) {
    case place::outside: is_object = false; return false;
    case place::top: take_top_member(kind, text); return true;
    case place::images: return add_image({{}, {}, "it must be an object with id and data", {}});
    case place::image: return take_member(kind, text);
    case place::hints:
      if (kind != json_kind::string)
        refuse("language_hints", "it must be an array of strings");
      else if (result.language_hints.size() == max_language_hints)
        refuse("language_hints", "there are more than " + std::to_string(max_language_hints));
      else
        result.language_hints.emplace_back(text);
      return true;
    }
    return false;
  }

  bool begin(bool object) {
    if (ignored_ != 0) {
      ++ignored_;
      return true;
    }
    switch (place_) {
    case place::outside:
      is_object = object;
      place_ = place::top;
      return object;
    case place::top:
      if (key_ == "images" && !object) {
        place_ = place::images;
        if (std::exchange(has_images_, true))
          refuse("images", "it is given twice");
        return true;
      }
      if (key_ == "language_hints" && !object) {
        place_ = place::hints;
        return true;
      }
      scalar(json_kind::boolean, {}); // refuses the known ones, which are no scalars either
      break;
    case place::images:
      if (object) {
        place_ = place::image;
        image_ = {};
        has_data_ = false;
        return true;
      }
      scalar(json_kind::boolean, {});
      break;
    case place::image: take_member(json_kind::boolean, {}); break;
    case place::hints: scalar(json_kind::boolean, {}); break;
    }
    ignored_ = 1;
    return true;
  }

  bool end() {
    if (ignored_ != 0) {
      --ignored_;
      return true;
    }
    switch (place_) {
    case place::image:
      place_ = place::images;
      if (!has_data_)
        image_.error = "data is missing";
      return add_image(std::move(image_));
    case place::images:
    case place::hints: place_ = place::top; return true;
    case place::top:
      if (!has_images_)
        refuse("images", "it is missing");
      return true;
    case place::outside: return false;
    }
    return false;
  }

private:
  enum class place : std::uint8_t { outside, top, images, image, hints };

  void take_top_member(json_kind kind, std::string_view text) {
    const auto* const w = find_wish(key_);
    if (key_ == "images")
      refuse("images", "it must be an array");
    else if (key_ == "dry_run")
      refuse("dry_run", misplaced_dry_run);
    else if (w == nullptr && key_ != "language_hints")
      note_unknown(result.unknown, key_);
    else if (kind == json_kind::null)
      return;
    else if (w != nullptr)
      set_wish(result, *w, kind == kind_of(*w) ? text : std::string_view{});
    else
      refuse("language_hints", "it must be an array of strings");
  }

  bool take_member(json_kind kind, std::string_view text) {
    const bool is_string = kind == json_kind::string;
    if (key_ == "id") {
      image_.id = is_string ? std::optional<std::string>{text} : std::nullopt;
    } else if (key_ == "data") {
      has_data_ = true;
      set_data(kind, text);
    } else {
      note_unknown(result.unknown, "images[]." + key_);
    }
    return true;
  }

  void set_data(json_kind kind, std::string_view text) {
    image_.bytes = {};
    image_.content.reset();
    if (kind != json_kind::string) {
      image_.error = "data must be a string";
      return;
    }
    auto decoded = decode_base64_data(in_body(text));
    if (auto* refused = std::get_if<refused_base64>(&decoded)) {
      image_.error = std::move(refused->flaw);
      image_.content = refused->sent;
    } else {
      image_.error.clear();
      image_.bytes = {std::get<decoded_base64>(decoded).bytes, body_};
      image_.content = std::get<decoded_base64>(decoded).content;
    }
  }

  // The text of a string, to be written over: the parser is behind it.
  std::span<char> in_body(std::string_view text) const {
    return body_->bytes().subspan(static_cast<std::size_t>(text.data() - body_->view().data()), text.size());
  }

  // Stops the parser when there are too many.
  bool add_image(uploaded_picture image) {
    if (result.pictures.size() == max_images_per_job) {
      refuse("images", "there are more than " + std::to_string(max_images_per_job));
      return false;
    }
    result.pictures.push_back(std::move(image));
    return true;
  }

  void refuse(std::string_view field, std::string detail) {
    has_images_ = has_images_ || field == "images";
    refuse_field(result, field, std::move(detail));
  }

  const request_body_ptr& body_;
  place place_ = place::outside;
  std::size_t ignored_ = 0;
  std::string key_;
  bool has_images_ = false;
  bool has_data_ = false;
  uploaded_picture image_;
};

class capacity_handler : public sax_handler<capacity_handler> {
public:
  explicit capacity_handler(number_form form) : form_{form} {}

  capacity_query result;

  bool key(std::string_view name) {
    if (depth_ == 1)
      key_ = name;
    return true;
  }
  bool scalar(json_kind kind, std::string_view text) {
    if (depth_ == 1)
      set(is_number(kind) ? text : std::string_view{});
    return true;
  }
  bool begin(bool object) {
    if (depth_ == 1)
      set({});
    // The members of an array are nobody's.
    depth_ += object || depth_ != 0 ? 1 : 2;
    return true;
  }
  bool end() {
    --depth_;
    return true;
  }

private:
  bool is_number(json_kind kind) const {
    return kind == json_kind::number || (kind == json_kind::string && form_ == number_form::may_be_string);
  }

  void set(std::string_view number) {
    std::uint64_t value = 0;
    const auto end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, value);
    const bool whole = !number.empty() && parsed.ec == std::errc{} && parsed.ptr == end;
    if (key_ == "width")
      result.width = whole ? value : 0;
    else if (key_ == "height")
      result.height = whole ? value : 0;
  }

  number_form form_;
  std::size_t depth_ = 0;
  std::string key_;
};

} // namespace

std::variant<upload, problem> read_json_upload(const request_body_ptr& body) {
  upload_handler handler{body};
  if (auto malformed = parse_json(*body, handler))
    return std::move(*malformed);
  if (!handler.is_object)
    return invalid_request("the body must be a JSON object", {{{}, "", "the body must be a JSON object"}});
  return std::move(handler.result);
}

capacity_or_problem read_capacity_query(request_body& body, number_form form) {
  capacity_handler handler{form};
  if (auto malformed = parse_json(body, handler))
    return std::move(*malformed);
  std::vector<input_error> errors;
  if (handler.result.width == 0)
    errors.push_back({{}, "width", "it must be a positive integer"});
  if (handler.result.height == 0)
    errors.push_back({{}, "height", "it must be a positive integer"});
  if (!errors.empty())
    return invalid_request("width and height of the images must be given in pixels", std::move(errors));
  return handler.result;
}

} // namespace glyphgate::http
