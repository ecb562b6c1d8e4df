#pragma once

#include "http/formats/renderer.hpp"
#include "http/wire/body_source.hpp"
#include "http/wire/content_coding.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace glyphgate::http {

/// Does work on a thread that may take its time, or drops it when the service stops.
using runner = std::function<void(std::function<void()>)>;

/// A document as the body of an answer: pages are rendered while those before them are sent.
class document_body : public body_source, public std::enable_shared_from_this<document_body> {
public:
  /// A piece is about that large: a page that is larger is cut.
  static constexpr std::size_t piece_size = 64 * 1024;

  /// `pages` is how many `shape` has; `held` what it holds at most, pieces aside; `packs` whether gzip packs it.
  document_body(std::unique_ptr<renderer> shape, std::size_t pages, runner run, std::size_t held, bool packs);

  void next(piece_taker done) override;
  std::size_t held() const override { return held_ + 2 * piece_size; }

private:
  std::string make_piece();
  std::string take_text();

  const std::unique_ptr<renderer> shape_;
  const std::size_t pages_;
  const runner run_;
  const std::size_t held_;
  std::optional<gzip_packer> packer_;
  outbox out_;
  /// How many steps are done: `begin`, each page, `end`.
  std::size_t steps_ = 0;
  bool is_packed_up_ = false;
};

} // namespace glyphgate::http
