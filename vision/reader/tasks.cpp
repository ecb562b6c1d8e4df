#include "vision/reader/tasks.hpp"

#include "vision/compose/draw_montage.hpp"
#include "vision/decode/decode.hpp"
#include "vision/documents/look_at_document.hpp"
#include "vision/ppocr/picture_sifter.hpp"
#include "vision/reader/shared_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace glyphgate::vision {

namespace {

using namespace protocol;

std::string_view bytes_of(const picture_place& place, std::string_view room) {
  return room.substr(place.offset, place.size);
}

/// The pictures of a task, whose bytes nobody owns: they lie in the request.
std::vector<picture> pictures_of(const draw_task& task, std::string_view room) {
  std::vector<picture> pictures;
  pictures.reserve(task.pictures.size());
  for (const auto& place : task.pictures)
    pictures.push_back(
        {{}, std::make_shared<picture_bytes>(held_bytes{bytes_of(place, room), nullptr}), place.info, {}});
  for (const auto& note : task.given_up)
    pictures[note.picture].refused = note.text;
  return pictures;
}

/// Engines may round to a pixel beyond the edge.
void clip(recognition& read, const picture_info& info) {
  const auto clip_quad = [&](bounding_quad& quad) { quad = clipped(quad, info.width, info.height); };
  auto& layout = read.layout;
  for (auto& s : read.symbols)
    s.box = hull_of(clipped(quad_of(s.box), info.width, info.height));
  std::ranges::for_each(layout.symbol_quads, clip_quad);
  for (auto* level : {&layout.words, &layout.lines, &layout.paragraphs, &layout.blocks})
    std::ranges::for_each(*level, clip_quad, &text_unit::box);
}

} // namespace

real_tasks::real_tasks(const onnx_runtime& runtime)
    : tesseract_{[this](std::string_view name) -> std::optional<std::vector<char>> {
        const auto bytes = model(name);
        return bytes ? std::optional<std::vector<char>>{std::in_place, bytes->view.begin(), bytes->view.end()}
                     : std::nullopt;
      }},
      ppocr_{runtime, [this](std::string_view name) { return model(name); }},
      engines_{tesseract_, ppocr_} {}

reader_tasks::drawing real_tasks::draw(const draw_task& task, std::string_view room, const begun_fn& begun) {
  const auto pictures = pictures_of(task, room);
  auto made = draw_montage(pictures, task.limits, {}, begun);
  if (auto* none = std::get_if<no_montage>(&made))
    return {std::move(*none), {}};
  drawn d{std::get<montage>(std::move(made)), std::nullopt};
  auto parts = std::exchange(d.made.parts, {});
  if (d.made.way == montage_way::as_sent) {
    d.as_sent = 0;
    parts.clear();
  }
  return {std::move(d), std::move(parts)};
}

answer real_tasks::read(const read_task& task, std::string_view room) {
  if (auto failed = engines_.load(task.how))
    return engine_failed{std::move(*failed)};
  auto result = decode(bytes_of(task.picture, room), task.picture.info);
  if (auto* refusal = std::get_if<picture_refusal>(&result))
    return picture_read{nullptr, std::move(refusal->detail)};
  auto& whole = std::get<decoded_picture>(result);
  auto read = engines_.read(std::move(whole.pixels), task.how);
  if (auto* error = std::get_if<std::string>(&read))
    return picture_read{nullptr, std::move(*error)};
  auto& found = std::get<recognition>(read);
  clip(found, task.picture.info);
  found.warning = std::move(whole.warning);
  return picture_read{std::make_shared<const recognition>(std::move(found)), {}};
}

answer real_tasks::sift(const sift_task& task, std::string_view room, const begun_fn& begun) {
  if (auto failed = ppocr_.load())
    return engine_failed{std::move(*failed)};
  sifted done;
  done.verdicts.resize(task.pictures.size());
  picture_sifter sifter{ppocr_, task.options};
  for (std::size_t i = 0; i < task.pictures.size(); ++i) {
    if (std::ranges::binary_search(task.left_out, i))
      continue;
    begun(i);
    const auto& place = task.pictures[i];
    auto result = decode(bytes_of(place, room), place.info);
    auto* whole = std::get_if<decoded_picture>(&result);
    // What is damaged travels: the engine of the calls says what is wrong with it.
    if (whole == nullptr || !whole->warning.empty())
      continue;
    done.verdicts[i] = sifter.look(i, whole->pixels);
    if (auto* here = std::get_if<answered>(&done.verdicts[i])) {
      auto read = *here->read;
      clip(read, place.info);
      here->read = std::make_shared<const recognition>(std::move(read));
    }
  }
  return done;
}

answer real_tasks::look(const look_task& task, std::string_view room) {
  auto found = look_at_document(bytes_of(task.document, room), task.request);
  if (auto* refusal = std::get_if<picture_refusal>(&found))
    return no_document{std::move(refusal->detail)};
  return std::get<document_facts>(std::move(found));
}

void real_tasks::take_model(std::string name, file_descriptor file) {
  models_.insert_or_assign(std::move(name), std::move(file));
}

std::optional<held_bytes> real_tasks::model(std::string_view name) const {
  const auto found = models_.find(name);
  return found == models_.end() ? std::nullopt : map_file(found->second.get());
}

} // namespace glyphgate::vision
