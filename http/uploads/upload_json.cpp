#include "http/uploads/base64_data.hpp"
#include "http/uploads/json_in_place.hpp"
#include "http/uploads/upload.hpp"

#include <charconv>
#include <cstddef>
#include <span>
#include <utility>

namespace glyphgate::http {

namespace {

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
    } else if (const auto* const w = find_wish(key_); w != nullptr && w->of_pages != nullptr) {
      if (kind != json_kind::null)
        (image_.of_pages.*w->of_pages).emplace(kind == kind_of(*w) ? text : std::string_view{});
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
