#include "http/wire/request_reader.hpp"

#include "http/wire/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t max_chunk_line = 256;
constexpr std::size_t max_trailer = 8 * 1024;

// Takes a line off the front of `text`, without its end. There is one.
std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find(line_end));
  text.remove_prefix(line.size() + line_end.size());
  return line;
}

bool is_field_text(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); });
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_host(std::string_view host) {
  constexpr std::string_view others = "-._~%!$&'()*+,;=:[]";
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

// Digits alone, of that base, the whole text.
bool parse_size(std::string_view text, std::uint64_t& value, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

// What follows the size of a chunk: extensions (RFC 9112, 7.1.1). They mean nothing here.
bool are_chunk_extensions(std::string_view text) {
  const auto take_spaces = [&] { text = text.substr(std::min(text.find_first_not_of(" \t"), text.size())); };
  const auto take_token = [&] {
    std::size_t size = 0;
    while (size < text.size() && is_token(text.substr(size, 1)))
      ++size;
    text.remove_prefix(size);
    return size != 0;
  };
  const auto take_quoted = [&] {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '"') {
        text.remove_prefix(i + 1);
        return true;
      }
      if (text[i] == '\\')
        ++i;
    }
    return false;
  };
  if (!is_field_text(text))
    return false;
  while (!text.empty()) {
    take_spaces();
    if (!text.starts_with(';'))
      return false;
    text.remove_prefix(1);
    take_spaces();
    if (!take_token())
      return false;
    const auto behind_name = text;
    take_spaces();
    if (!text.starts_with('=')) {
      text = behind_name;
      continue;
    }
    text.remove_prefix(1);
    take_spaces();
    if (!(text.starts_with('"') ? take_quoted() : take_token()))
      return false;
  }
  return true;
}

} // namespace

std::string_view request::header(std::string_view name) const {
  for (const auto& f : fields_)
    if (f.name.size == name.size() && equal_ignoring_case(view(f.name), name))
      return view(f.value);
  return {};
}

request_reader::request_reader(reader_limits limits)
    : limits_{std::move(limits)},
      max_body_{std::uint64_t{limits_.max_body_mb} << 20U} {}

bool request_reader::wants_continue() {
  return std::exchange(wants_continue_, false);
}

request request_reader::take() {
  if (state_ == state::complete)
    state_ = state::head;
  return std::exchange(request_, {});
}

void request_reader::cut(problem why) {
  if (state_ == state::head)
    refuse_head(std::move(why));
  else if (in_body())
    refuse(std::move(why));
}

void request_reader::end() {
  if (!idle() && !complete() && !refusal_)
    refuse(malformed_request("the request is cut short"));
}

bool request_reader::refuse(problem p) {
  p.close = true;
  refusal_ = std::move(p);
  state_ = state::refused;
  request_.body = {};
  return false;
}

bool request_reader::refuse_head(problem p) {
  constexpr std::size_t longest_method = 32;
  auto head = std::move(request_.head_);
  head.resize(std::min({head.size(), head.find(' '), longest_method}));
  request_ = {};
  if (is_token(head)) {
    request_.head_ = std::move(head);
    request_.method_ = span_of(request_.head_);
  }
  return refuse(std::move(p));
}

std::size_t request_reader::consume(std::string_view bytes) {
  const std::size_t all = bytes.size();
  while (!bytes.empty()) {
    std::size_t taken = 0;
    switch (state_) {
    case state::head: taken = read_head(bytes); break;
    case state::sized_body: taken = read_data(bytes, state::complete); break;
    case state::chunk_data: taken = read_data(bytes, state::chunk_end); break;
    case state::chunk_size:
      taken = read_line(bytes, max_chunk_line);
      parse_chunk_size();
      break;
    case state::chunk_end:
      taken = read_line(bytes, line_end.size());
      if (line_ == line_end) {
        line_.clear();
        state_ = state::chunk_size;
      } else if (line_.size() >= line_end.size()) {
        refuse(malformed_request("a chunk is longer than its size"));
      }
      break;
    case state::trailer:
      taken = read_line(bytes, max_trailer);
      parse_trailer();
      break;
    case state::complete:
    case state::refused: return all - bytes.size();
    }
    bytes.remove_prefix(taken);
  }
  return all;
}

// Takes bytes up to the head's end. Every line feed must end a line properly, so that the first empty line is the end
// for whoever else reads the same bytes.
std::size_t request_reader::read_head(std::string_view bytes) {
  auto& head = request_.head_;
  const std::size_t before = head.size();
  head.append(bytes.substr(0, limits_.max_head + 1 - std::min(before, limits_.max_head)));
  const std::string_view text = head;
  for (auto at = text.find('\n', before); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') {
      refuse_head(malformed_request("a line of the header ends in a lone line feed"));
      return bytes.size();
    }
    const std::size_t taken = at + 1 - before;
    if (at == 1) { // an empty line before the request, left by an older client
      head.clear();
      return taken;
    }
    if (text.substr(0, at + 1).ends_with("\r\n\r\n")) {
      head.resize(at + 1);
      parse_head();
      return taken;
    }
  }
  if (head.size() > limits_.max_head) {
    if (text.find('\n') == std::string_view::npos)
      refuse_head(make_problem(414, "target-too-long", "The request's target is too long", ""));
    else
      refuse_head(make_problem(431, "header-too-large", "The request's header is too large", ""));
    return bytes.size();
  }
  return head.size() - before;
}

void request_reader::parse_head() {
  std::string_view text = request_.head_;
  framing frame;
  bool good = parse_request_line(take_line(text), frame);
  while (good && text != line_end)
    good = parse_field(take_line(text), frame);
  if (!good) {
    refuse_head(std::move(*refusal_));
    return;
  }
  if (frame.hosts != 1 && !(frame.http_1_0 && frame.hosts == 0))
    refuse(malformed_request("there must be exactly one Host field"));
  else if (frame.lengths > 1)
    refuse(malformed_request("there is more than one Content-Length field"));
  else if (frame.codings > 1 || (frame.codings == 1 && (frame.http_1_0 || frame.lengths != 0)))
    refuse(malformed_request("the length of the body is ambiguous"));
  else
    begin_body(frame);
}

bool request_reader::parse_request_line(std::string_view line, framing& frame) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || !is_token(line.substr(0, first)))
    return refuse(malformed_request("the request line is malformed"));
  const auto version = line.substr(last + 1);
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7]))
    return refuse(malformed_request("the request line is malformed"));
  // A minor version that is not known yet is read as the highest one that is (RFC 9110, 2.5).
  if (version[5] != '1')
    return refuse(
        make_problem(505, "version-not-supported", "The HTTP version is not supported", "use HTTP/1.1 or HTTP/1.0"));
  frame.http_1_0 = version == "HTTP/1.0";
  request_.method_ = span_of(line.substr(0, first));
  return parse_target(line.substr(first + 1, last - first - 1));
}

bool request_reader::parse_target(std::string_view target) {
  if (target.size() > limits_.max_target)
    return refuse(make_problem(414, "target-too-long", "The request's target is too long",
                               "it may hold " + std::to_string(limits_.max_target) + " bytes"));
  if (!is_visible_ascii(target))
    return refuse(malformed_request("the request's target holds a character that must be percent-encoded"));
  if (target.find('#') != std::string_view::npos)
    return refuse(malformed_request("the request's target holds a fragment"));
  std::string_view root;
  for (const std::string_view scheme : {"http://", "https://"})
    if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      // A proxy's form of the target; its authority says no more than Host does, but must be one.
      root = target.substr(scheme.size() - 1, 1);
      target.remove_prefix(scheme.size());
      const auto authority = target.substr(0, target.find_first_of("/?"));
      if (authority.starts_with(':') || !is_host(authority))
        return refuse(malformed_request("the request's target names no host"));
      target.remove_prefix(authority.size());
    }
  const auto question = target.find('?');
  const auto path = target.empty() || question == 0 ? root : target.substr(0, question);
  const bool is_of_server = path == "*" && request_.method() == "OPTIONS";
  if (!path.starts_with('/') && !is_of_server)
    return refuse(malformed_request("the request's target is no path"));
  request_.path_ = span_of(path);
  if (question != std::string_view::npos)
    request_.query_ = span_of(target.substr(question + 1));
  return true;
}

bool request_reader::parse_field(std::string_view line, framing& frame) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return refuse(malformed_request("a field's name is malformed, or a line is folded"));
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (!is_field_text(value))
    return refuse(malformed_request("a field's value holds a control character"));
  if (request_.fields_.size() == limits_.max_fields)
    return refuse(make_problem(431, "header-too-large", "The request's header is too large",
                               "it may hold " + std::to_string(limits_.max_fields) + " fields"));
  request_.fields_.push_back({span_of(name), span_of(value)});
  return apply_field(name, value, frame);
}

bool request_reader::apply_field(std::string_view name, std::string_view value, framing& frame) {
  if (equal_ignoring_case(name, "host")) {
    ++frame.hosts;
    return is_host(value) || refuse(malformed_request("the Host field is malformed"));
  }
  if (equal_ignoring_case(name, "content-length")) {
    ++frame.lengths;
    return parse_size(value, frame.content_length, 10) ||
           refuse(malformed_request("the Content-Length field is no number"));
  }
  if (equal_ignoring_case(name, "transfer-encoding")) {
    ++frame.codings;
    return equal_ignoring_case(value, "chunked") ||
           refuse(make_problem(501, "coding-not-supported", "The transfer coding is not supported",
                               "the one that is supported is chunked"));
  }
  if (equal_ignoring_case(name, "expect")) {
    frame.expects_continue = true;
    return equal_ignoring_case(value, "100-continue") ||
           refuse(make_problem(417, "expectation-failed", "The expectation cannot be met",
                               "the one that can be met is 100-continue"));
  }
  if (equal_ignoring_case(name, "connection"))
    for (const auto option : split_list(value)) {
      frame.close = frame.close || equal_ignoring_case(option, "close");
      frame.keep_alive = frame.keep_alive || equal_ignoring_case(option, "keep-alive");
    }
  return true;
}

void request_reader::begin_body(const framing& frame) {
  request_.http_1_0_ = frame.http_1_0;
  request_.keep_alive_ = !frame.close && (!frame.http_1_0 || frame.keep_alive);
  const bool has_body = frame.codings != 0 || frame.content_length != 0;
  if (auto why = limits_.turn_away ? limits_.turn_away(request_, has_body) : std::nullopt) {
    refuse(std::move(*why));
    return;
  }
  if (limits_.admit)
    request_.from = limits_.admit(request_);
  // Without a body there is nothing in the way of the next request.
  if (const auto* why = std::get_if<problem>(&request_.from); why != nullptr && has_body) {
    refuse(*why);
    return;
  }
  if (frame.content_length > max_body_) {
    refuse(body_too_large(limits_.max_body_mb));
    return;
  }
  request_.body = request_body{limits_.budget};
  while (!request_.body.reserve(static_cast<std::size_t>(frame.content_length)))
    if (!found_room())
      return;
  wants_continue_ = has_body && frame.expects_continue && !frame.http_1_0;
  remaining_ = frame.content_length;
  state_ = frame.codings != 0 ? state::chunk_size : has_body ? state::sized_body : state::complete;
}

std::size_t request_reader::read_data(std::string_view bytes, state next) {
  const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remaining_)));
  while (!request_.body.append(part))
    if (!found_room())
      return bytes.size();
  remaining_ -= part.size();
  if (remaining_ == 0)
    state_ = next;
  return part.size();
}

bool request_reader::found_room() {
  if (limits_.make_room && limits_.make_room())
    return true;
  problem p = make_problem(ec::queue_full, "there is no room now for this body beside those that are being received or "
                                           "stored (MAX_INFLIGHT_MB); send it again later");
  p.retry_after = std::chrono::seconds{1};
  return refuse(std::move(p));
}

// Takes bytes up to a line feed into `line_`.
std::size_t request_reader::read_line(std::string_view bytes, std::size_t max_size) {
  const auto end = bytes.find('\n');
  const auto part = bytes.substr(0, std::min(end == std::string_view::npos ? bytes.size() : end + 1, max_size));
  line_.append(part);
  if (line_.size() > max_size)
    refuse(malformed_request("a line of a chunked body is too long"));
  return part.size();
}

void request_reader::parse_chunk_size() {
  if (state_ != state::chunk_size || !line_.ends_with('\n'))
    return;
  std::string_view line = line_;
  const auto digits = line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF"));
  line.remove_prefix(digits.size());
  if (!line.ends_with(line_end) || !are_chunk_extensions(line.substr(0, line.size() - line_end.size())) ||
      !parse_size(digits, remaining_, 16)) {
    refuse(malformed_request("a chunk's size is malformed"));
    return;
  }
  line_.clear();
  if (remaining_ > max_body_ - request_.body.size()) {
    refuse(body_too_large(limits_.max_body_mb));
    return;
  }
  trailer_size_ = 0;
  state_ = remaining_ == 0 ? state::trailer : state::chunk_data;
}

void request_reader::parse_trailer() {
  if (state_ != state::trailer || !line_.ends_with('\n'))
    return;
  trailer_size_ += line_.size();
  const std::string_view line = line_;
  if (line == line_end) {
    request_.body.fit();
    state_ = state::complete;
  } else if (!line.ends_with(line_end) || !is_token(line.substr(0, line.find(':'))) ||
             !is_field_text(line.substr(0, line.size() - line_end.size())) || trailer_size_ > max_trailer) {
    refuse(malformed_request("the trailer is malformed or too long"));
  }
  line_.clear();
}

request::span request_reader::span_of(std::string_view part) const {
  return {static_cast<std::uint32_t>(part.data() - request_.head_.data()), static_cast<std::uint32_t>(part.size())};
}

} // namespace glyphgate::http
