#include "http/formats/document_body.hpp"

#include "http/wire/contained.hpp"

#include <utility>

namespace glyphgate::http {

namespace {

// Whoever waits for a piece is answered, also where the work is dropped.
class owed_piece {
public:
  explicit owed_piece(body_source::piece_taker done) : done_{std::move(done)} {}
  ~owed_piece() { give(std::nullopt); }
  owed_piece(const owed_piece&) = delete;
  owed_piece& operator=(const owed_piece&) = delete;

  void give(std::optional<std::string> piece) {
    if (const auto done = std::exchange(done_, nullptr))
      contained("answer_failed", [&] { done(std::move(piece)); });
  }

private:
  body_source::piece_taker done_;
};

} // namespace

document_body::document_body(std::unique_ptr<renderer> shape, std::size_t pages, runner run, std::size_t held,
                             bool packs)
    : shape_{std::move(shape)},
      pages_{pages},
      run_{std::move(run)},
      held_{held} {
  if (packs)
    packer_.emplace();
}

void document_body::next(piece_taker done) {
  run_([self = shared_from_this(), owed = std::make_shared<owed_piece>(std::move(done))] {
    contained("document_failed", [&] { owed->give(self->make_piece()); });
  });
}

std::string document_body::make_piece() {
  if (!packer_)
    return take_text();
  for (;;) {
    const auto text = take_text();
    if (text.empty())
      return std::exchange(is_packed_up_, true) ? std::string{} : packer_->finish();
    // What is packed may all be kept for later.
    if (auto packed = packer_->add(text); !packed.empty())
      return packed;
  }
}

std::string document_body::take_text() {
  for (const auto last = pages_ + 1; out_.size() < piece_size && steps_ <= last; ++steps_) {
    if (steps_ == 0)
      shape_->begin(out_);
    else if (steps_ == last)
      shape_->end(out_);
    else
      shape_->render(steps_ - 1, out_);
  }
  return out_.take(piece_size);
}

} // namespace glyphgate::http
