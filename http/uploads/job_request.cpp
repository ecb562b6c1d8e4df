#include "http/uploads/job_request.hpp"

#include "core/utf8.hpp"
#include "http/uploads/page_options.hpp"
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

/// A picture, or why it is none.
struct checked_picture {
  std::variant<picture_info, vision::picture_refusal> found;
  /// Which page of its file, from 1.
  std::uint32_t page = 1;
  /// Its file, where that is only a part of what was uploaded.
  std::optional<held_bytes> file{};
  /// What the page itself holds, and is not to be read.
  std::shared_ptr<const recognition> text{};
};

/// What a file comes to.
struct checked_file {
  std::vector<checked_picture> pictures;
  /// Whether they are named by their pages.
  bool has_pages = false;
};

// Checks files against what one may come to.
class picture_check {
public:
  picture_check(const config& settings, const vision::engine_provider& engine, const document_desk* documents)
      : settings_{settings},
        engine_{engine},
        documents_{documents} {}

  checked_file check(const uploaded_picture& image, const page_options& options) const {
    if (!image.error.empty())
      return refused(invalid(image.error));
    if (image.bytes.view.empty())
      return refused(invalid("it is empty"));
    if (vision::is_pdf(image.bytes.view))
      return check_document(image.bytes, options);
    // Of one pixel, so that nothing but the file can be too large.
    constexpr picture_info least{picture_format::jpeg, 1, 1};
    if (auto refusal = vision::check_limits(least, image.bytes.view.size(), settings_.calls))
      return refused(std::move(*refusal));
    auto header = vision::inspect(image.bytes.view);
    if (auto* refusal = std::get_if<vision::picture_refusal>(&header))
      return refused(std::move(*refusal));
    const auto& first = std::get<vision::picture_header>(header);
    // How many there may be is a matter of the job.
    if (auto wrong = vision::refuse_pages({options.pages, options.dpi, false, first.pages}, first.pages, "the file"))
      return refused(std::move(*wrong));
    if (first.pages == 1)
      return {{{within_limits(image.bytes.view, first)}}, false};
    checked_file file{{}, true};
    for (std::uint32_t page = 1; page <= first.pages && file.pictures.size() <= max_images_per_job; ++page)
      if (options.pages.has(page))
        file.pictures.push_back({page_of(image.bytes.view, page - 1), page});
    return file;
  }

private:
  using found_picture = std::variant<picture_info, vision::picture_refusal>;

  static vision::picture_refusal invalid(std::string detail) { return {ec::invalid_picture, std::move(detail), {}}; }
  static checked_file refused(vision::picture_refusal why) { return {{{std::move(why)}}, false}; }

  vision::document_request request_for(const page_options& options) const {
    return {options.pages, options.dpi, options.text, settings_.documents.pages};
  }

  found_picture page_of(std::string_view bytes, std::uint32_t page) const {
    auto header = vision::inspect(bytes, page);
    if (auto* refusal = std::get_if<vision::picture_refusal>(&header))
      return std::move(*refusal);
    return within_limits(bytes, std::get<vision::picture_header>(header));
  }

  checked_file check_document(const held_bytes& file, const page_options& options) const {
    if (auto refusal = refuse_document_size(file.view.size(), settings_.documents))
      return refused(*std::move(refusal));
    if (documents_ == nullptr)
      return refused({ec::unsupported_format, "the file is a PDF: send it to files:annotate or POST /ocr/jobs", {}});
    auto looked = documents_->look(file, request_for(options));
    if (auto* refusal = std::get_if<vision::picture_refusal>(&looked))
      return refused(std::move(*refusal));
    auto& document = std::get<vision::document_facts>(looked);
    checked_file checked{{}, document.pages > 1};
    for (auto& page : document.chosen)
      checked.pictures.push_back(checked_page(file, page, options));
    return checked;
  }

  checked_picture checked_page(const held_bytes& file, const vision::document_page& page,
                               const page_options& options) const {
    if (!page.error.empty())
      return {invalid(page.error), page.number};
    if (!page.text && page.scan)
      if (auto scan = checked_scan(file, *page.scan, page.number))
        return std::move(*scan);
    vision::picture_header header;
    header.info = {picture_format::pdf, page.width, page.height, 1, page.number - 1};
    // Its file does not travel.
    auto refusal = vision::check_limits(header.info, 0, settings_.calls);
    header = vision::header_of_page(header.info);
    if (!refusal && !page.text)
      refusal = check_memory(engine_.memory_of(header));
    if (refusal) {
      refusal->detail = "page " + std::to_string(page.number) + " at " + std::to_string(options.dpi) +
                        " dpi: " + refusal->detail + "; give a lower `dpi`";
      return {std::move(*refusal), page.number};
    }
    return {header.info, page.number, {}, page.text};
  }

  // The JPEG that a page is, where it is one that is accepted.
  std::optional<checked_picture> checked_scan(const held_bytes& file, const vision::page_scan& scan,
                                              std::uint32_t number) const {
    held_bytes jpeg{file.view.substr(scan.offset, scan.size), file.owner};
    auto found = vision::inspect(jpeg.view);
    auto* header = std::get_if<vision::picture_header>(&found);
    // A PDF turns its pictures, and their own EXIF counts for nothing; whoever reads the JPEG by itself would heed it.
    if (header == nullptr || header->info.format != picture_format::jpeg || header->info.orientation != 1)
      return std::nullopt;
    header->info.orientation = scan.orientation;
    if (scan.orientation > 4)
      std::swap(header->info.width, header->info.height);
    auto checked = within_limits(jpeg.view, *header);
    if (std::holds_alternative<vision::picture_refusal>(checked))
      return std::nullopt;
    return checked_picture{std::get<picture_info>(checked), number, std::move(jpeg)};
  }

  found_picture within_limits(std::string_view bytes, vision::picture_header header) const {
    if (auto refusal = vision::check_limits(header.info, bytes.size(), settings_.calls))
      return std::move(*refusal);
    header.info.joins = vision::joins_of(bytes, header.info);
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
  const document_desk* documents_;
};

// Makes the pictures of a job of what was uploaded, and notes what is wrong with it.
class picture_list {
public:
  picture_list(const picture_check& check, page_options options, findings& found)
      : check_{check},
        options_{std::move(options)},
        found_{found} {}

  // False where there are too many; the rest need not be looked at then.
  bool add(uploaded_picture image) {
    const auto label = claim_given(image.id);
    const auto options = options_for(image, label);
    auto [pictures, has_pages] = check_.check(image, options);
    if (made_.size() + pictures.size() > max_images_per_job) {
      found_.add({{}, "images", "there are more than " + std::to_string(max_images_per_job) + ", pages counted"});
      return false;
    }
    const auto bytes = std::make_shared<picture_bytes>(image.bytes);
    for (auto& p : pictures) {
      auto id = image.id.value_or("");
      auto page_label = label;
      if (has_pages) {
        id += '#' + std::to_string(p.page);
        if (std::holds_alternative<std::string>(label))
          page_label = claim_page(id);
      }
      add_picture(std::move(id), page_label, std::move(p), image, bytes);
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
    // Whether it is a JPEG within a document, which says how it is turned.
    bool is_scan = false;
  };

  page_options options_for(const uploaded_picture& image, const image_label& label) {
    std::vector<input_error> errors;
    auto options = read_page_options(image.of_pages, options_, label, "images[].", errors);
    for (auto& error : errors)
      found_.add(std::move(error));
    return options;
  }

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
    m.p.bytes = checked.file ? std::make_shared<picture_bytes>(*std::move(checked.file)) : bytes;
    m.is_scan = m.p.bytes != bytes;
    if (!m.is_scan)
      m.content = image.content;
    m.p.text = std::move(checked.text);
    if (const auto* refusal = std::get_if<vision::picture_refusal>(&checked.found)) {
      found_.add(label, *refusal);
      m.p.refused = refusal->detail;
      ++refused_;
    } else {
      m.p.info = std::get<picture_info>(checked.found);
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
    if (m.p.info.format == picture_format::pdf)
      m.p.content = content_of_drawn_page(m.p);
    else if (m.p.info.page != 0)
      m.p.content = content_of_page(m.p.content, m.p.info.page);
    else if (m.is_scan && m.p.info.orientation != 1)
      m.p.content = content_of_turned_scan(m.p);
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

  // Its size is its density.
  static digest content_of_drawn_page(const picture& p) {
    digest_builder content;
    content.field(p.text ? "the text of a page" : "a page").field(p.content);
    for (const auto number : {p.info.page, p.info.width, p.info.height})
      content.field(std::to_string(number));
    return content.finish();
  }

  // The same JPEG in another position reads otherwise, or its boxes lie elsewhere.
  static digest content_of_turned_scan(const picture& p) {
    digest_builder content;
    content.field("a turned scan").field(p.content).field(std::to_string(p.info.orientation));
    return content.finish();
  }

  const picture_check& check_;
  const page_options options_;
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

job_or_problem job_from(upload from, const config& settings, const vision::engine_provider& engine, images_needed least,
                        const document_desk* documents) {
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

  std::vector<input_error> wrong;
  auto options = read_page_options(from.of_pages, {}, {}, "", wrong);
  for (auto& error : wrong)
    found.add(std::move(error));
  const picture_check check{settings, engine, documents};
  picture_list pictures{check, std::move(options), found};
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
