#include "http/wire/response.hpp"

#include <utility>

namespace glyphgate::http {

void response::add_header(std::string_view name, std::string_view value) {
  headers.append(name).append(": ").append(value).append("\r\n");
}

response json_response(unsigned status, std::string body) {
  response r;
  r.status = status;
  r.content_type = json_type;
  r.body = std::make_shared<const std::string>(std::move(body));
  r.headers = "Cache-Control: no-store\r\n";
  return r;
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
  case 200: return "OK";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 304: return "Not Modified";
  case 307: return "Temporary Redirect";
  case 308: return "Permanent Redirect";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 406: return "Not Acceptable";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 413: return "Content Too Large";
  case 414: return "URI Too Long";
  case 415: return "Unsupported Media Type";
  case 417: return "Expectation Failed";
  case 422: return "Unprocessable Content";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  case 505: return "HTTP Version Not Supported";
  default: return "";
  }
}

std::string render_head(const response& r, bool keep_alive, std::string_view date) {
  std::string head;
  head.reserve(320 + r.headers.size());
  head.append("HTTP/1.1 ").append(std::to_string(r.status)).append(" ").append(reason_phrase(r.status));
  head.append("\r\nDate: ").append(date);
  head.append(keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n");
  if (r.source)
    head.append(r.chunked ? "Transfer-Encoding: chunked\r\n" : "");
  else if (has_content(r.status))
    head.append("Content-Length: ").append(std::to_string(r.body ? r.body->size() : 0)).append("\r\n");
  if (!r.content_type.empty())
    head.append("Content-Type: ").append(r.content_type).append("\r\n");
  head.append("X-Content-Type-Options: nosniff\r\n");
  head.append(r.headers).append("\r\n");
  return head;
}

} // namespace glyphgate::http
