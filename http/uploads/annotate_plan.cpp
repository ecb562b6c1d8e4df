#include "http/uploads/annotate_plan.hpp"

#include "http/uploads/job_request.hpp"
#include "http/wire/text.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

using hint_list = std::vector<std::string>;

constexpr std::string_view pdf_type = "application/pdf";

std::string id_of(std::size_t item) {
  return std::to_string(item + 1);
}

bool is_pdf(const annotate_item& file) {
  return equal_ignoring_case(file.mime_type, pdf_type) || file.bytes.view.starts_with("%PDF-");
}

// Files that no job is made of: the one place that says so.
std::optional<rpc_error> unread_file(const annotate_item& file) {
  if (is_pdf(file))
    return rpc_error{rpc_code::unimplemented,
                     "PDF files are not read on this path: post them to /ocr/jobs, or send their "
                     "pages as images or as one TIFF"};
  return std::nullopt;
}

bool is_document(const picture& page) {
  return page.info.format == picture_format::tiff || page.info.format == picture_format::gif;
}

void tell(planned_item& of, rpc_error error) {
  if (of.error)
    error.message = of.error->message + "; " + error.message;
  of.error = std::move(error);
}

// Which of so many pages are wanted, from 0; none where one of them is not there.
std::optional<std::vector<std::size_t>> wanted_pages(const std::vector<std::int32_t>& asked, std::size_t there) {
  std::vector<std::size_t> wanted;
  if (asked.empty())
    for (std::size_t page = 0; page < std::min(there, max_pages_at_once); ++page)
      wanted.push_back(page);
  for (const auto number : asked) {
    const auto page = number > 0 ? std::int64_t{number} - 1 : static_cast<std::int64_t>(there) + number;
    if (page < 0 || page >= static_cast<std::int64_t>(there))
      return std::nullopt;
    wanted.push_back(static_cast<std::size_t>(page));
  }
  return wanted;
}

// The pictures of an item: those that the job has of it, which follow each other.
std::span<const picture> take_pictures(std::span<const picture>& from, std::size_t item) {
  const auto id = id_of(item);
  const auto is_its = [&](const picture& p) {
    return p.id.starts_with(id) && (p.id.size() == id.size() || p.id[id.size()] == '#');
  };
  const auto count = static_cast<std::size_t>(std::ranges::find_if_not(from, is_its) - from.begin());
  const auto taken = from.first(count);
  from = from.subspan(count);
  return taken;
}

class planner {
public:
  planner(std::vector<annotate_item> items, annotate_kind kind, const annotate_owner& owner, const config& settings,
          const vision::engine_provider& engine)
      : items_{std::move(items)},
        kind_{kind},
        owner_{owner},
        settings_{settings},
        engine_{engine} {}

  annotate_plan make() && {
    std::map<hint_list, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto& item = items_[i];
      auto& planned = plan_.items.emplace_back();
      planned.confidences = item.confidences;
      planned.mime_type = item.mime_type;
      planned.error = item.error;
      if (item.read && kind_ == annotate_kind::files)
        if (auto unread = unread_file(item)) {
          tell(planned, *std::move(unread));
          item.read = false;
        }
      if (item.read)
        groups[item.language_hints].push_back(i);
    }
    for (const auto& [language_hints, members] : groups)
      plan_group(language_hints, members);
    return std::move(plan_);
  }

private:
  void plan_group(const hint_list& language_hints, const std::vector<std::size_t>& members) {
    upload all;
    all.owner = owner_.name;
    all.language_hints = language_hints;
    all.on_error = "skip";
    for (const auto i : members)
      all.pictures.push_back({id_of(i), items_[i].bytes, {}, items_[i].content});
    const auto checked = job_from(std::move(all), settings_, engine_, images_needed::none);
    if (const auto* why = std::get_if<problem>(&checked)) {
      for (const auto i : members)
        tell(plan_.items[i], {rpc_code::invalid_argument, why->detail});
      return;
    }
    std::vector<picture> chosen;
    std::span<const picture> rest{std::get<std::shared_ptr<const job_spec>>(checked)->pictures};
    for (const auto i : members)
      choose(i, take_pictures(rest, i), chosen);
    if (!chosen.empty())
      plan_.jobs.push_back(
          make_job_spec(std::move(chosen), language_hints, engine_.recognition_scope(),
                        {.owner = owner_.name, .share_results = settings_.keys.share_results, .trace = owner_.trace}));
  }

  void choose(std::size_t item, std::span<const picture> pages, std::vector<picture>& chosen) {
    auto& planned = plan_.items[item];
    planned.total_pages = static_cast<std::uint32_t>(pages.size());
    if (kind_ == annotate_kind::images)
      return add(planned, pages.front(), 0, chosen);
    if (pages.front().refused.empty() && !is_document(pages.front()))
      return tell(planned, {rpc_code::invalid_argument, "a file is a TIFF or a GIF here: send other images to "
                                                        "images:annotate"});
    const auto wanted = wanted_pages(items_[item].pages, pages.size());
    if (!wanted)
      return tell(planned, {rpc_code::invalid_argument,
                            "pages names a page that is not there: the file has " + std::to_string(pages.size())});
    for (const auto page : *wanted)
      add(planned, pages[page], page, chosen);
  }

  void add(planned_item& to, const picture& p, std::size_t page, std::vector<picture>& chosen) {
    planned_picture planned;
    planned.page = static_cast<std::uint32_t>(page + 1);
    planned.width = p.info.width;
    planned.height = p.info.height;
    if (!p.refused.empty()) {
      planned.refused = rpc_error{rpc_code::invalid_argument, p.refused};
    } else {
      // A page that is asked for twice is read once.
      const auto same = std::ranges::find(to.pictures, planned.page, &planned_picture::page);
      planned.job = plan_.jobs.size();
      planned.position = same == to.pictures.end() ? chosen.size() : same->position;
      if (same == to.pictures.end())
        chosen.push_back(p);
    }
    to.pictures.push_back(std::move(planned));
  }

  std::vector<annotate_item> items_;
  const annotate_kind kind_;
  const annotate_owner& owner_;
  const config& settings_;
  const vision::engine_provider& engine_;
  annotate_plan plan_;
};

} // namespace

annotate_plan plan_annotation(std::vector<annotate_item> items, annotate_kind kind, const annotate_owner& owner,
                              const config& settings, const vision::engine_provider& engine) {
  return planner{std::move(items), kind, owner, settings, engine}.make();
}

} // namespace glyphgate::http
