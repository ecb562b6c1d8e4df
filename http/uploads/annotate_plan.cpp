#include "http/uploads/annotate_plan.hpp"

#include "http/uploads/job_request.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace glyphgate::http {

namespace {

using hint_list = std::vector<std::string>;

constexpr std::uint32_t points_an_inch = 72;

std::string id_of(std::size_t item) {
  return std::to_string(item + 1);
}

bool is_pdf(const annotate_item& file) {
  return file.read && vision::is_pdf(file.bytes.view);
}

bool has_frames(const picture& page) {
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

rpc_error no_such_page(std::size_t there) {
  return {rpc_code::invalid_argument, "pages names a page that is not there: the file has " + std::to_string(there)};
}

/// What is known of a PDF whose pages are to be read.
struct looked_at_pdf {
  std::uint32_t total_pages = 0;
  // As they were asked for, from 0.
  std::vector<std::size_t> wanted;
  // Each once, in ascending order. At the density of points, so that their sizes are their own.
  std::vector<vision::document_page> pages;
};

vision::page_selection selection_of(std::vector<std::size_t> pages) {
  std::ranges::sort(pages);
  std::vector<vision::page_run> runs;
  for (const auto page : pages) {
    const auto number = static_cast<std::uint32_t>(page + 1);
    if (runs.empty() || runs.back().last != number)
      runs.push_back({number, number});
  }
  return vision::page_selection{std::move(runs)};
}

// As POST /ocr/jobs takes it.
std::string wish_for(const vision::page_selection& pages) {
  std::string text;
  for (const auto& run : pages.runs())
    text += (text.empty() ? "" : ",") + std::to_string(run.first) + '-' + std::to_string(run.last);
  return text;
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
          const vision::engine_provider& engine, const document_desk& documents)
      : items_{std::move(items)},
        kind_{kind},
        owner_{owner},
        settings_{settings},
        engine_{engine},
        documents_{documents} {}

  annotate_plan make() && {
    std::map<hint_list, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      auto& item = items_[i];
      auto& planned = plan_.items.emplace_back();
      planned.confidences = item.confidences;
      planned.mime_type = item.mime_type;
      planned.error = item.error;
      if (kind_ == annotate_kind::files && is_pdf(item))
        look(i);
      if (item.read)
        groups[item.language_hints].push_back(i);
    }
    for (const auto& [language_hints, members] : groups)
      plan_group(language_hints, members);
    return std::move(plan_);
  }

private:
  // Which pages are meant is known when it is known how many there are. A file that is refused is read no more.
  void look(std::size_t i) {
    auto& item = items_[i];
    auto looked = look_at(item);
    if (auto* why = std::get_if<rpc_error>(&looked)) {
      tell(plan_.items[i], std::move(*why));
      item.read = false;
    } else {
      pdfs_.emplace(i, std::get<looked_at_pdf>(std::move(looked)));
    }
  }

  std::variant<looked_at_pdf, rpc_error> look_at(const annotate_item& file) const {
    if (const auto refusal = refuse_document_size(file.bytes.view.size(), settings_.documents))
      return rpc_error{rpc_code::invalid_argument, refusal->detail};
    const auto ask = [&](vision::page_selection pages) {
      return documents_.look(file.bytes, {std::move(pages), points_an_inch, false, max_pages_at_once});
    };
    auto looked = ask(selection_of({0}));
    if (const auto* facts = std::get_if<vision::document_facts>(&looked)) {
      looked_at_pdf pdf;
      pdf.total_pages = facts->pages;
      auto wanted = wanted_pages(file.pages, facts->pages);
      if (!wanted)
        return no_such_page(facts->pages);
      pdf.wanted = *std::move(wanted);
      looked = ask(selection_of(pdf.wanted));
      if (auto* chosen = std::get_if<vision::document_facts>(&looked)) {
        pdf.pages = std::move(chosen->chosen);
        return pdf;
      }
    }
    const auto& refusal = std::get<vision::picture_refusal>(looked);
    return rpc_error{refusal.code == ec::unsupported_format ? rpc_code::unimplemented : rpc_code::invalid_argument,
                     refusal.detail};
  }

  uploaded_picture upload_of(std::size_t i) const {
    uploaded_picture uploaded{id_of(i), items_[i].bytes, {}, items_[i].content, {}};
    if (const auto pdf = pdfs_.find(i); pdf != pdfs_.end())
      uploaded.of_pages.pages = wish_for(selection_of(pdf->second.wanted));
    return uploaded;
  }

  void plan_group(const hint_list& language_hints, const std::vector<std::size_t>& members) {
    upload all;
    all.owner = owner_.name;
    all.language_hints = language_hints;
    all.on_error = "skip";
    for (const auto i : members)
      all.pictures.push_back(upload_of(i));
    // Nothing but a file's pages is looked at.
    const auto* documents = kind_ == annotate_kind::files ? &documents_ : nullptr;
    const auto checked = job_from(std::move(all), settings_, engine_, images_needed::none, documents);
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
    if (const auto pdf = pdfs_.find(item); pdf != pdfs_.end())
      return choose(planned, pdf->second, pages, chosen);
    planned.total_pages = static_cast<std::uint32_t>(pages.size());
    if (kind_ == annotate_kind::images)
      return add(planned, pages.front(), 0, chosen);
    if (pages.front().refused.empty() && !has_frames(pages.front()))
      return tell(planned, {rpc_code::invalid_argument, "a file is a PDF, a TIFF or a GIF here: send other images to "
                                                        "images:annotate"});
    const auto wanted = wanted_pages(items_[item].pages, pages.size());
    if (!wanted)
      return tell(planned, no_such_page(pages.size()));
    for (const auto page : *wanted)
      add(planned, pages[page], page, chosen);
  }

  void choose(planned_item& planned, const looked_at_pdf& pdf, std::span<const picture> pages,
              std::vector<picture>& chosen) {
    planned.total_pages = pdf.total_pages;
    // As a whole, with a picture that says why.
    if (pages.size() != pdf.pages.size())
      return tell(planned, {rpc_code::invalid_argument, pages.front().refused});
    for (const auto page : pdf.wanted) {
      const auto found = std::ranges::find(pdf.pages, page + 1, &vision::document_page::number);
      add(planned, pages[static_cast<std::size_t>(found - pdf.pages.begin())], page, chosen);
      planned.pictures.back().width_in_points = found->width;
      planned.pictures.back().height_in_points = found->height;
    }
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
  const document_desk& documents_;
  // By item.
  std::map<std::size_t, looked_at_pdf> pdfs_;
  annotate_plan plan_;
};

} // namespace

bool has_documents(const std::vector<annotate_item>& items) {
  return std::ranges::any_of(items, is_pdf);
}

annotate_plan plan_annotation(std::vector<annotate_item> items, annotate_kind kind, const annotate_owner& owner,
                              const config& settings, const vision::engine_provider& engine,
                              const document_desk& documents) {
  return planner{std::move(items), kind, owner, settings, engine, documents}.make();
}

} // namespace glyphgate::http
