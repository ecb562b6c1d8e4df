#include "http/surfaces/drawing_desk.hpp"

#include "vision/montage.hpp"

#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

// A page of 600 dots per inch is well within it.
constexpr vision::montage_limits drawing_limits{{vision::max_side_px, 200'000'000}, 64'000'000};

drawn_jpeg file_of(const vision::made_montage& made) {
  if (const auto* none = std::get_if<vision::no_montage>(&made))
    return {{}, none->detail.empty() ? "the service is shutting down" : none->detail};
  const auto& drawn = std::get<vision::montage>(made);
  if (!drawn.unplaced.empty())
    return {{}, drawn.unplaced.front().text};
  if (drawn.too_large)
    return {{}, "it is too large as a JPEG"};
  drawn_jpeg file;
  for (const auto& part : drawn.parts)
    file.bytes += part.view;
  return file;
}

} // namespace

drawn_jpeg drawing_desk::draw(const picture& one) {
  const auto reader = engine_->make_reader();
  if (!reader)
    return {{}, "this service has no reader of pictures"};
  return file_of(reader->draw({one}, drawing_limits, stop_.get_token()));
}

void drawing_desk::stop() {
  stop_.request_stop();
  thread_.stop();
}

} // namespace glyphgate::http
