#pragma once

#include "core/config.hpp"
#include "vision/engine.hpp"
#include "vision/google/access_token.hpp"
#include "vision/google/http_transfer.hpp"
#include "vision/montage.hpp"
#include "vision/reader/picture_reader.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glyphgate::vision {

/// What all engines of one account share. Immutable but for the tokens, which take care of themselves.
struct google_account {
  google_config settings;
  google_credentials credentials;
  /// The address of `images:annotate`.
  std::string url;
  /// Null with an API key.
  std::shared_ptr<access_token_source> tokens;
};

/// Google Cloud Vision. A call's pictures become one montage, which is one unit to pay. Every `annotate` sends it at
/// most once; whoever wants another attempt pays for it. The failures are those of docs/google-vision.md; besides, with
/// `sent` false: request_rejected when the montage exceeds Google's limits or no picture of it can be decoded. When
/// memory is short the call fails with internal, `sent` or not.
class google_engine final : public engine {
public:
  google_engine(std::shared_ptr<const google_account> account, std::unique_ptr<picture_reader> reader);

  call_outcome annotate(const planned_call& call, std::stop_token stop, const progress_fn& progress) override;
  void rest() override { reader_->rest(); }

private:
  /// Throws std::bad_alloc, and then has set `may_be_sent` if bytes of the request may have left the process.
  call_outcome attempt(const planned_call& call, const std::stop_token& stop, const progress_fn& progress,
                       bool& may_be_sent);
  call_outcome send(const montage& picture, const planned_call& call, const std::stop_token& stop, bool& may_be_sent);
  call_outcome read(const http_response& response, const montage& picture, std::size_t pictures) const;

  std::shared_ptr<const google_account> account_;
  std::unique_ptr<picture_reader> reader_;
  http_transfer transfer_;
};

} // namespace glyphgate::vision
