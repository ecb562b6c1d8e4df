#include "http/uploads/annotate_request.hpp"

#include "core/base64.hpp"
#include "core/utf8.hpp"
#include "http/uploads/json_in_place.hpp"
#include "http/uploads/upload.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

namespace glyphgate::http {

namespace {

/// The objects and arrays of a request that matter.
enum class node : std::uint8_t {
  ignored,
  document,
  requests,
  request,
  image,
  source,
  input,
  cloud_source,
  features,
  feature,
  context,
  hints,
  parameters,
  advanced,
  pages,
};

struct rule {
  node parent;
  /// In camel case; empty for an array's elements.
  std::string_view key;
  node child;
  bool array;
};

constexpr rule of_both[] = {
    {node::document, "requests", node::requests, true},
    {node::requests, "", node::request, false},
    {node::request, "features", node::features, true},
    {node::request, "imageContext", node::context, false},
    {node::features, "", node::feature, false},
    {node::context, "languageHints", node::hints, true},
    {node::context, "textDetectionParams", node::parameters, false},
    {node::parameters, "advancedOcrOptions", node::advanced, true},
};
constexpr rule of_images[] = {
    {node::request, "image", node::image, false},
    {node::image, "source", node::source, false},
};
constexpr rule of_files[] = {
    {node::request, "inputConfig", node::input, false},
    {node::request, "pages", node::pages, true},
    {node::input, "gcsSource", node::cloud_source, false},
};

struct feature_name {
  std::int32_t number;
  std::string_view name;
};

constexpr std::int32_t text_detection = 5;
constexpr std::int32_t document_text_detection = 11;
constexpr std::array feature_names{
    feature_name{0, "TYPE_UNSPECIFIED"},
    feature_name{1, "FACE_DETECTION"},
    feature_name{2, "LANDMARK_DETECTION"},
    feature_name{3, "LOGO_DETECTION"},
    feature_name{4, "LABEL_DETECTION"},
    feature_name{text_detection, "TEXT_DETECTION"},
    feature_name{6, "SAFE_SEARCH_DETECTION"},
    feature_name{7, "IMAGE_PROPERTIES"},
    feature_name{9, "CROP_HINTS"},
    feature_name{10, "WEB_DETECTION"},
    feature_name{document_text_detection, "DOCUMENT_TEXT_DETECTION"},
    feature_name{12, "PRODUCT_SEARCH"},
    feature_name{19, "OBJECT_LOCALIZATION"},
};

constexpr std::string_view default_model = "builtin/stable";

// Members may be named as in JSON or as in the protocol's own files: "languageHints" of "language_hints".
void set_in_camel_case(std::string& to, std::string_view name) {
  to.clear();
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    to += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
}

// Whether an answer may repeat it.
bool may_be_shown(std::string_view text) {
  constexpr std::size_t longest = 64;
  return text.size() <= longest && is_utf8(text) && !has_control_character(text);
}

std::optional<std::int32_t> integer_of(std::string_view text) {
  std::int32_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stopped_at == end ? std::optional{value} : std::nullopt;
}

std::optional<std::int32_t> feature_of(json_kind kind, std::string_view text) {
  if (kind == json_kind::number)
    return integer_of(text);
  const auto* found =
      kind == json_kind::string ? std::ranges::find(feature_names, text, &feature_name::name) : feature_names.end();
  return found == feature_names.end() ? std::nullopt : std::optional{found->number};
}

std::string name_of(std::int32_t feature) {
  const auto* found = std::ranges::find(feature_names, feature, &feature_name::number);
  return found == feature_names.end() ? "the feature " + std::to_string(feature) : std::string{found->name};
}

/// What is asked of an item, until it ends.
struct open_item {
  annotate_item item;
  bool text = false;
  bool document = false;
  bool has_feature = false;
  bool has_untyped_feature = false;
  bool scores = false;
  bool has_address = false;
  bool is_advanced = false;
  // The first that is not offered, of each kind.
  std::optional<std::int32_t> other_feature;
  std::optional<std::string> other_model;
};

// Says what of it is not done, and why.
class shortcomings {
public:
  void invalid(const std::string& why) { add(rpc_code::invalid_argument, why); }
  void not_offered(const std::string& why) { add(rpc_code::unimplemented, why); }
  std::optional<rpc_error> take() { return std::move(error_); }

private:
  void add(rpc_code code, const std::string& why) {
    if (error_)
      error_->message.append("; ").append(why);
    else
      error_ = rpc_error{code, why};
  }

  std::optional<rpc_error> error_;
};

annotate_item finished(open_item from, annotate_kind kind) {
  const bool is_image = kind == annotate_kind::images;
  const std::string place = is_image ? "image.content" : "inputConfig.content";
  shortcomings found;
  const bool wants_text = from.text || from.document;
  if (!from.has_feature)
    found.invalid("no feature is asked for: give features, with the type TEXT_DETECTION or DOCUMENT_TEXT_DETECTION");
  if (from.has_untyped_feature)
    found.invalid("a feature has no type: give TEXT_DETECTION or DOCUMENT_TEXT_DETECTION");
  if (from.other_feature)
    found.not_offered(name_of(*from.other_feature) +
                      " is not offered here: this service reads text, as TEXT_DETECTION and DOCUMENT_TEXT_DETECTION "
                      "ask for it; leave the other features out, or ask Google itself for them");
  if (from.other_model)
    found.not_offered("the model " + *from.other_model + " is not offered here: leave model out, or give " +
                      std::string{default_model});
  if (from.is_advanced)
    found.not_offered("advancedOcrOptions are not offered here: leave them out");
  const bool has_bytes = !from.item.bytes.view.empty();
  if (!has_bytes && from.has_address)
    found.not_offered("this service fetches nothing by its address: send the bytes themselves, as " + place);
  else if (!has_bytes)
    found.invalid("there is no " + std::string{is_image ? "image" : "file"} + ": send its bytes in base64, as " +
                  place);
  from.item.read = wants_text && has_bytes && !from.is_advanced;
  from.item.confidences = from.document || from.scores;
  from.item.error = found.take();
  return std::move(from.item);
}

class annotate_handler : public sax_handler<annotate_handler> {
public:
  annotate_handler(const request_body_ptr& body, annotate_kind kind) : body_{body}, kind_{kind} {}

  std::vector<annotate_item> result;
  std::optional<problem> refusal;

  bool key(std::string_view name) {
    if (here() != node::ignored)
      set_in_camel_case(key_, name);
    return true;
  }

  bool scalar(json_kind kind, std::string_view text) {
    if (depth_ == 0)
      return refuse("", "the body must be a JSON object");
    if (here() == node::ignored)
      return true;
    if (const auto* expected = rule_here())
      return kind == json_kind::null && !expected->key.empty()
                 ? true
                 : refuse_here(expected->array ? "it must be an array" : "it must be an object");
    // Of arrays of scalars, too, null is no element.
    return kind == json_kind::null && !is_array(here()) ? true : take(kind, text);
  }

  bool begin(bool object) {
    if (depth_ == 0)
      return object ? push(node::document) : refuse("", "the body must be a JSON object");
    const auto* rule = here() == node::ignored ? nullptr : rule_here();
    if (rule == nullptr)
      return is_scalar_here() ? refuse_here("it must be a single value") : push(node::ignored);
    if (rule->array == object)
      return refuse_here(rule->array ? "it must be an array" : "it must be an object");
    if (rule->child == node::request) {
      if (result.size() == max_images_per_job)
        return refuse("requests", "there are more than " + std::to_string(max_images_per_job));
      open_ = {};
      features_ = 0;
    } else if (rule->child == node::feature) {
      ++features_;
      type_.reset();
      model_.clear();
    }
    return push(rule->child);
  }

  bool end() {
    const auto ended = here();
    --depth_;
    if (ended == node::feature)
      end_feature();
    else if (ended == node::request)
      result.push_back(finished(std::exchange(open_, {}), kind_));
    return true;
  }

private:
  node here() const { return depth_ == 0 ? node::ignored : path_[depth_ - 1]; }

  bool push(node n) {
    path_[depth_++] = n;
    return true;
  }

  static bool is_array(node n) {
    switch (n) {
    case node::requests:
    case node::features:
    case node::hints:
    case node::advanced:
    case node::pages: return true;
    default: return false;
    }
  }

  // What an object or an array here would be; null where none is expected.
  const rule* rule_here() const {
    const auto parent = here();
    const auto key = is_array(parent) ? std::string_view{} : std::string_view{key_};
    const auto find = [&](std::span<const rule> rules) -> const rule* {
      const auto found = std::ranges::find_if(rules, [&](const rule& r) { return r.parent == parent && r.key == key; });
      return found == rules.end() ? nullptr : &*found;
    };
    if (const auto* found = find(of_both))
      return found;
    return kind_ == annotate_kind::images ? find(of_images) : find(of_files);
  }

  bool is_scalar_here() const {
    switch (here()) {
    case node::image: return key_ == "content";
    case node::input: return key_ == "content" || key_ == "mimeType";
    case node::source: return key_ == "imageUri" || key_ == "gcsImageUri";
    case node::cloud_source: return key_ == "uri";
    case node::feature: return key_ == "type" || key_ == "model";
    case node::parameters: return key_ == "enableTextDetectionConfidenceScore";
    case node::hints:
    case node::advanced:
    case node::pages: return true;
    default: return false;
    }
  }

  bool take(json_kind kind, std::string_view text) {
    if (!is_scalar_here())
      return true;
    switch (here()) {
    case node::feature: return key_ == "type" ? take_type(kind, text) : take_model(kind, text);
    case node::parameters: return take_scores(kind, text);
    case node::pages: return take_page(text);
    default: break;
    }
    if (kind != json_kind::string)
      return refuse_here("it must be a string");
    switch (here()) {
    case node::hints: return take_hint(text);
    case node::advanced: open_.is_advanced = true; return true;
    case node::source:
    case node::cloud_source: open_.has_address = open_.has_address || !text.empty(); return true;
    default: break;
    }
    if (key_ == "content")
      return take_content(text);
    open_.item.mime_type = may_be_shown(text) ? text : std::string_view{};
    return true;
  }

  bool take_type(json_kind kind, std::string_view text) {
    type_ = feature_of(kind, text);
    return type_ ? true : refuse_here("it is no feature's type: give TEXT_DETECTION or DOCUMENT_TEXT_DETECTION");
  }

  bool take_model(json_kind kind, std::string_view text) {
    if (kind != json_kind::string)
      return refuse_here("it must be a string");
    model_ = text;
    return true;
  }

  bool take_scores(json_kind kind, std::string_view text) {
    if (kind != json_kind::boolean)
      return refuse_here("it must be true or false");
    open_.scores = text == "true";
    return true;
  }

  // An integer may stand in quotes (proto3's JSON).
  bool take_page(std::string_view text) {
    const auto page = integer_of(text);
    if (!page || *page == 0)
      return refuse_here("it must be a page's number, from 1 or, from the end, from -1");
    if (open_.item.pages.size() == max_pages_at_once)
      return refuse_here("there are more than " + std::to_string(max_pages_at_once));
    open_.item.pages.push_back(*page);
    return true;
  }

  bool take_hint(std::string_view text) {
    if (open_.item.language_hints.size() == max_language_hints)
      return refuse_here("there are more than " + std::to_string(max_language_hints));
    open_.item.language_hints.emplace_back(text);
    return true;
  }

  bool take_content(std::string_view text) {
    // To be written over: the parser is behind it.
    const auto begin = static_cast<std::size_t>(text.data() - body_->view().data());
    auto decoded = decode_base64_in_place(body_->bytes().subspan(begin, text.size()));
    if (auto* refused = std::get_if<refused_base64>(&decoded))
      return refuse_here("it is not base64: " + refused->flaw);
    const auto& done = std::get<decoded_base64>(decoded);
    open_.item.bytes = {done.bytes, body_};
    open_.item.content = done.content;
    return true;
  }

  void end_feature() {
    open_.has_feature = true;
    const auto type = type_.value_or(0);
    const bool is_text = type == text_detection || type == document_text_detection;
    if (type == 0)
      open_.has_untyped_feature = true;
    else if (!is_text)
      open_.other_feature = open_.other_feature.value_or(type);
    else if (!model_.empty() && model_ != default_model)
      open_.other_model = open_.other_model.value_or(shown_model());
    else
      (type == text_detection ? open_.text : open_.document) = true;
  }

  std::string shown_model() const {
    return may_be_shown(model_) ? model_ : "of " + std::to_string(model_.size()) + " bytes";
  }

  bool refuse_here(const std::string& why) { return refuse(place(), why); }

  // "requests[3].features[0].type". A text that the parser has unescaped may hold anything, a key of ours may not.
  std::string place() const {
    std::string text;
    for (std::size_t i = 1; i < depth_; ++i)
      switch (path_[i]) {
      case node::requests: text += "requests"; break;
      case node::request: text += "[" + std::to_string(result.size()) + "]"; break;
      case node::image: text += ".image"; break;
      case node::source: text += ".source"; break;
      case node::input: text += ".inputConfig"; break;
      case node::cloud_source: text += ".gcsSource"; break;
      case node::features: text += ".features"; break;
      case node::feature: text += "[" + std::to_string(features_ - 1) + "]"; break;
      case node::context: text += ".imageContext"; break;
      case node::hints: text += ".languageHints"; break;
      case node::parameters: text += ".textDetectionParams"; break;
      case node::advanced: text += ".advancedOcrOptions"; break;
      case node::pages: text += ".pages"; break;
      case node::ignored:
      case node::document: break;
      }
    if (!is_array(here()))
      text += (text.empty() ? "" : ".") + key_;
    return text;
  }

  bool refuse(const std::string& field, const std::string& why) {
    refusal = malformed_request(field.empty() ? why : "invalid value at " + field + ": " + why);
    if (!field.empty())
      refusal->errors.push_back({{}, field, why});
    return false;
  }

  const request_body_ptr& body_;
  const annotate_kind kind_;
  std::array<node, max_depth> path_{};
  std::size_t depth_ = 0;
  std::string key_;
  open_item open_;
  std::size_t features_ = 0;
  std::optional<std::int32_t> type_;
  std::string model_;
};

} // namespace

std::variant<std::vector<annotate_item>, problem> read_annotate_request(const request_body_ptr& body,
                                                                        annotate_kind kind) {
  annotate_handler handler{body, kind};
  if (auto malformed = parse_json(*body, handler))
    return std::move(*malformed);
  if (handler.refusal)
    return std::move(*handler.refusal);
  if (handler.result.empty())
    return invalid_request("the request asks for nothing",
                           {{{}, "requests", "there is none: give one for each image or file"}});
  return std::move(handler.result);
}

} // namespace glyphgate::http
