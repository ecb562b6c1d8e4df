#include "http/uploads/job_request.hpp"

#include "core/utf8.hpp"
#include "http/wire/text.hpp"
#include "vision/jpeg/splice.hpp"
#include "vision/picture_header.hpp"
#include "vision/reader/memory_need.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

namespace glyphgate::http {

namespace {

constexpr std::size_t max_id_size = 256;
constexpr std::size_t max_hint_size = 64;

// Collects what is wrong, and which kinds of wrong there are.
class findings {
public:
  // What is wrong with the request itself.
  void add(input_error error, ec code = ec::none) {
    of_request_ = true;
    note(std::move(error), code);
  }

  // What is wrong with one image, which may be left out.
  void add(image_label image, const vision::picture_refusal& refusal) {
    if (refusal.limit && !limit_)
      limit_ = named_limit{std::string{refusal.limit->name}, refusal.limit->value};
    note({std::move(image), "", refusal.detail}, refusal.code);
  }

  bool empty() const { return errors_.empty(); }

  // Nothing is wrong but with single images.
  bool of_images_only() const { return !of_request_; }

  problem as_problem() && {
    const auto count = errors_.size() + further_;
    const std::string detail =
        count == 1 ? errors_.front().detail : std::to_string(count) + " things are wrong with the request, see errors";
    problem p = has_invalid_ ? invalid_request(detail, {})
                             : make_problem(has_foreign_ ? ec::unsupported_format : ec::picture_too_large, detail);
    p.errors = std::move(errors_);
    p.further_errors = further_;
    if (has_invalid_)
      return p;
    if (has_foreign_)
      p.supported.assign(picture_types.begin(), picture_types.end());
    else
      p.limit = std::move(limit_);
    return p;
  }

private:
  void note(input_error error, ec code) {
    if (errors_.size() == max_told_errors)
      ++further_;
    else
      errors_.push_back(std::move(error));
    if (code == ec::unsupported_format)
      has_foreign_ = true;
    else if (code != ec::picture_too_large)
      has_invalid_ = true;
  }

  std::vector<input_error> errors_;
  std::size_t further_ = 0;
  std::optional<named_limit> limit_;
  bool of_request_ = false;
  bool has_invalid_ = false;
  bool has_foreign_ = false;
};

// Why it cannot be an id; empty when it can.
std::string id_error(const std::optional<std::string>& id) {
  if (!id)
    return "the id is missing or no string";
  if (id->empty())
    return "the id is empty";
  if (id->size() > max_id_size)
    return "the id is longer than " + std::to_string(max_id_size) + " bytes";
  if (!is_utf8(*id) || has_control_character(*id))
    return "the id is no UTF-8 or holds a control character";
  return "";
}

using checked_picture = std::variant<picture_info, vision::picture_refusal>;

// Checks pictures against what one may come to.
class picture_check {
public:
  picture_check(const config& settings, const vision::engine_provider& engine) : settings_{settings}, engine_{engine} {}

  // The image's first picture, or only one, and how many there are.
  std::pair<checked_picture, std::uint32_t> first_of(const uploaded_picture& image) const {
    if (!image.error.empty())
      return {invalid(image.error), 1};
    if (image.bytes.view.empty())
      return {invalid("it is empty"), 1};
    // Of one pixel, so that nothing but the file can be too large.
    constexpr picture_info least{picture_format::jpeg, 1, 1};
    if (auto refusal = vision::check_limits(least, image.bytes.view.size(), settings_.calls))
      return {std::move(*refusal), 1};
    auto header = vision::inspect(image.bytes.view);
    if (auto* refusal = std::get_if<vision::picture_refusal>(&header))
      return {std::move(*refusal), 1};
    auto& found = std::get<vision::picture_header>(header);
    return {within_limits(image, found), found.pages};
  }

  checked_picture page_of(const uploaded_picture& image, std::uint32_t page) const {
    auto header = vision::inspect(image.bytes.view, page);
    if (auto* refusal = std::get_if<vision::picture_refusal>(&header))
      return std::move(*refusal);
    return within_limits(image, std::get<vision::picture_header>(header));
  }

private:
  static vision::picture_refusal invalid(std::string detail) { return {ec::invalid_picture, std::move(detail), {}}; }

  checked_picture within_limits(const uploaded_picture& image, vision::picture_header header) const {
    if (auto refusal = vision::check_limits(header.info, image.bytes.view.size(), settings_.calls))
      return std::move(*refusal);
    header.info.joins = vision::joins_of(image.bytes.view, header.info);
    if (auto refusal = check_memory(engine_.memory_of(header)))
      return std::move(*refusal);
    return header.info;
  }

  std::optional<vision::picture_refusal> check_memory(std::uint64_t needed) const {
    constexpr std::uint64_t mib = 1024 * 1024;
    const std::uint64_t available = settings_.engine.picture_memory_mb;
    if (available == 0 || needed <= available * mib)
      return std::nullopt;
    return vision::picture_refusal{ec::picture_too_large,
                                   vision::too_much_memory(needed, available * mib) + "; send it smaller, or in parts",
                                   vision::exceeded_limit{"picture_memory_mb", available}};
  }

  const config& settings_;
  const vision::engine_provider& engine_;
};

// Makes the pictures of a job of what was uploaded, and notes what is wrong with it.
class picture_list {
public:
  picture_list(const picture_check& check, findings& found) : check_{check}, found_{found} {}

  // False where there are too many; the rest need not be looked at then.
  bool add(uploaded_picture image) {
    const auto label = claim_given(image.id);
    auto [first, pages] = check_.first_of(image);
    if (made_.size() + pages > max_images_per_job) {
      found_.add({{}, "images", "there are more than " + std::to_string(max_images_per_job) + ", pages counted"});
      return false;
    }
    const auto bytes = std::make_shared<picture_bytes>(image.bytes);
    if (pages == 1) {
      add_picture(image.id.value_or(""), label, std::move(first), image, bytes);
      return true;
    }
    for (std::uint32_t page = 0; page < pages; ++page) {
      auto id = image.id.value_or("") + '#' + std::to_string(page + 1);
      const auto page_label = std::holds_alternative<std::string>(label) ? claim_page(id) : label;
      add_picture(std::move(id), page_label, check_.page_of(image, page), image, bytes);
    }
    return true;
  }

  std::size_t refused() const { return refused_; }
  std::size_t size() const { return made_.size(); }

  // With their digests, which take the longest.
  std::vector<picture> take() && {
    std::vector<picture> pictures;
    pictures.reserve(made_.size());
    for (auto& m : made_)
      pictures.push_back(m.p.refused.empty() ? accepted_picture(std::move(m)) : refused_picture(std::move(m)));
    return pictures;
  }

private:
  struct made {
    picture p;
    // Of the file, or of what was sent instead; where it is known.
    std::optional<digest> content;
  };

  // What is said of the image: its id, or its position where that is no id.
  image_label claim_given(const std::optional<std::string>& id) {
    const std::size_t position = position_++;
    if (auto wrong = id_error(id); !wrong.empty()) {
      found_.add({position, "", std::move(wrong)});
      return position;
    }
    claim(*id);
    return *id;
  }

  image_label claim_page(const std::string& id) {
    if (id.size() > max_id_size)
      found_.add({id, "",
                  "the id of a page, which is the file's with its number, is longer than " +
                      std::to_string(max_id_size) + " bytes; give the file a shorter one"});
    else
      claim(id);
    return id;
  }

  void claim(const std::string& id) {
    if (!ids_.insert(id).second)
      found_.add({id, "", "another image has the same id"});
  }

  void add_picture(std::string id, const image_label& label, checked_picture checked, const uploaded_picture& image,
                   const picture_bytes_ptr& bytes) {
    auto& m = made_.emplace_back();
    m.p.id = std::move(id);
    m.p.bytes = bytes;
    m.content = image.content;
    if (const auto* refusal = std::get_if<vision::picture_refusal>(&checked)) {
      found_.add(label, *refusal);
      m.p.refused = refusal->detail;
      ++refused_;
    } else {
      m.p.info = std::get<picture_info>(checked);
    }
  }

  digest file_of(const made& m) {
    // The pages of a file follow each other.
    if (m.content)
      return *m.content;
    if (m.p.bytes != digested_) {
      digested_ = m.p.bytes;
      file_ = sha256(digested_->hold().view);
    }
    return file_;
  }

  picture accepted_picture(made m) {
    m.p.content = file_of(m);
    if (m.p.info.page != 0)
      m.p.content = content_of_page(m.p.content, m.p.info.page);
    return std::move(m.p);
  }

  picture refused_picture(made m) {
    m.p.bytes = make_picture_bytes("");
    return std::move(m.p);
  }

  static digest content_of_page(const digest& file, std::uint32_t page) {
    std::string text{reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()};
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      text.push_back(static_cast<char>(page >> shift));
    return sha256(text);
  }

  const picture_check& check_;
  findings& found_;
  std::size_t position_ = 0;
  std::size_t refused_ = 0;
  std::unordered_set<std::string> ids_;
  std::vector<made> made_;
  picture_bytes_ptr digested_;
  digest file_;
};

void check_hints(const std::vector<std::string>& hints, const vision::engine_provider& engine, findings& found) {
  for (const auto& hint : hints)
    if (hint.empty() || hint.size() > max_hint_size || !is_utf8(hint) || has_control_character(hint)) {
      found.add({{}, "language_hints", "a hint is empty, too long, no UTF-8 or holds a control character"});
      return;
    }
  std::string all;
  for (const auto& refused : engine.refuse_hints(hints))
    all.append(all.empty() ? "" : "; ").append(refused);
  if (!all.empty())
    found.add({{}, "language_hints", std::move(all)}, ec::unsupported_language);
}

std::optional<duration> delay_of(const std::optional<std::string>& given, std::chrono::seconds most, findings& found) {
  if (!given)
    return std::nullopt;
  std::uint64_t seconds = 0;
  const auto* const end = given->data() + given->size();
  const auto [stopped_at, error] = std::from_chars(given->data(), end, seconds);
  const auto bound = static_cast<std::uint64_t>(most.count());
  if (error == std::errc{} && stopped_at == end && seconds <= bound)
    return std::chrono::seconds{seconds};
  found.add({{},
             std::string{max_delay_wish.field},
             "it must be a whole number of seconds from 0 to " + std::to_string(bound) +
                 " (JOB_MAX_AGE_SECONDS); correct it, or leave it out"});
  return std::nullopt;
}

bool is_wished(const wish& w, const std::optional<std::string>& given, findings& found) {
  if (given && *given != "true" && *given != "false")
    found.add({{}, std::string{w.field}, "it must be true or false; correct it, or leave it out"});
  return given == "true";
}

bool is_to_skip(const std::optional<std::string>& given, findings& found) {
  if (given && *given != "skip" && *given != "refuse")
    found.add({{}, std::string{on_error_wish.field}, "it must be refuse or skip; correct it, or leave it out"});
  return given == "skip";
}

} // namespace

job_or_problem job_from(upload from, const config& settings, const vision::engine_provider& engine,
                        images_needed least) {
  findings found;
  for (auto& error : from.errors)
    found.add(std::move(error));
  if (from.pictures.empty() && found.empty())
    found.add({{}, "images", "there is no image"});
  check_hints(from.language_hints, engine, found);
  const auto max_delay = delay_of(from.max_delay_seconds, settings.jobs.max_age, found);
  const bool skip = is_to_skip(from.on_error, found);
  const bool near_duplicates = is_wished(near_duplicates_wish, from.near_duplicates, found);
  const bool keep_images = is_wished(keep_images_wish, from.keep_images, found);

  const picture_check check{settings, engine};
  picture_list pictures{check, found};
  for (auto& image : from.pictures)
    if (!pictures.add(std::move(image)))
      break;
  const bool has_enough = least == images_needed::none || pictures.refused() < pictures.size();
  const bool may_go_on = skip && found.of_images_only() && has_enough;
  if (!found.empty() && !may_go_on)
    return std::move(found).as_problem();
  return make_job_spec(std::move(pictures).take(), std::move(from.language_hints), engine.recognition_scope(),
                       {max_delay, near_duplicates, keep_images, std::move(from.owner), settings.keys.share_results,
                        std::move(from.idempotency_key), from.trace});
}

} // namespace glyphgate::http
