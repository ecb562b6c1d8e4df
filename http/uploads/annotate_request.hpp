#pragma once

#include "core/digest.hpp"
#include "core/picture_bytes.hpp"
#include "http/wire/problem.hpp"
#include "http/wire/request_body.hpp"
#include "http/wire/rpc_status.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace glyphgate::http {

/// What the bodies of Google Cloud Vision's methods hold.
enum class annotate_kind : std::uint8_t {
  /// BatchAnnotateImagesRequest.
  images,
  /// BatchAnnotateFilesRequest.
  files,
};

/// No file may have more pages read at once; Google's own bound.
constexpr std::size_t max_pages_at_once = 5;

/// What is asked of one image or one file.
struct annotate_item {
  /// Where they lie in the body, which they keep. Empty where the item has none.
  held_bytes bytes{};
  digest content{};
  /// Whether its text is to be read; there are bytes then.
  bool read = false;
  /// Whether confidences are wanted.
  bool confidences = false;
  std::vector<std::string> language_hints{};
  /// What of it is not done, and why. Its text may be read all the same.
  std::optional<rpc_error> error{};
  /// Of a file: as given, from 1, or from the end where negative; empty means the first ones.
  std::vector<std::int32_t> pages{};
  std::string mime_type{};
};

/// The items of a BatchAnnotateImagesRequest or BatchAnnotateFilesRequest in proto3's JSON: names in camel or snake
/// case, enums as numbers or names, base64 in any form, null for what is not set. Unknown members are ignored. What no
/// parser of protocol buffers takes refuses the request, with 400 and the field; what is asked and not done here is the
/// item's own error. The text is parsed and decoded in place, and spoilt.
std::variant<std::vector<annotate_item>, problem> read_annotate_request(const request_body_ptr& body,
                                                                        annotate_kind kind);

} // namespace glyphgate::http
