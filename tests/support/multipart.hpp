#pragma once

#include "support/http_client.hpp"

#include <string>
#include <utility>
#include <vector>

namespace glyphgate {

/// Files with their names.
using named_files = std::vector<std::pair<std::string, std::string>>;

/// A request that posts them as one job.
inline std::string job_request(const named_files& files, std::string_view headers = {}) {
  std::string body;
  for (const auto& [name, file] : files)
    body += "--cut\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name +
            "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + file + "\r\n";
  body += "--cut--\r\n";
  return http_request("POST", "/ocr/jobs",
                      std::string{"Content-Type: multipart/form-data; boundary=cut\r\n"}.append(headers), body);
}

} // namespace glyphgate
