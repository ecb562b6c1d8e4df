#pragma once

#include "core/config.hpp"
#include "core/ids.hpp"
#include "core/job.hpp"
#include "core/trace_context.hpp"
#include "http/uploads/annotate_request.hpp"
#include "http/uploads/document_desk.hpp"
#include "vision/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glyphgate::http {

/// A picture of an item: where it is read, or why it is not.
struct planned_picture {
  /// Of its file, from 1.
  std::uint32_t page = 1;
  /// Of the plan, and the picture's position there. Of no meaning where it is refused.
  std::size_t job = 0;
  std::size_t position = 0;
  /// Of the upright picture, pixels.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  /// Of a PDF's page, its own size in points, of which 72 are an inch; 0 for others.
  std::uint32_t width_in_points = 0;
  std::uint32_t height_in_points = 0;
  std::optional<rpc_error> refused{};
};

/// What an item comes to.
struct planned_item {
  /// In the order of the answer.
  std::vector<planned_picture> pictures{};
  /// Of its file; 0 where it is not known.
  std::uint32_t total_pages = 0;
  bool confidences = false;
  std::string mime_type{};
  /// What of it is not done, as a whole.
  std::optional<rpc_error> error{};
};

/// The jobs that read what a request asks for.
struct annotate_plan {
  /// One an item, in order.
  std::vector<planned_item> items;
  /// Their pictures are named by the items' positions, from 1, as "3", or "3#2" for a page.
  std::vector<std::shared_ptr<const job_spec>> jobs;
};

/// Whose the jobs are.
struct annotate_owner {
  owner_name name{};
  /// As in `job_spec`.
  trace_context trace{};
};

/// Whether one of the items that are to be read is a PDF, which `plan_annotation` then takes longer to look at.
bool has_documents(const std::vector<annotate_item>& items);

/// Makes a job of all items with equal language hints. Each picture is checked as one of POST /ocr/jobs is; one that is
/// at fault is refused, and no part of a job. Of an image of several pages the first one is read, of a file those that
/// are asked for. A PDF is a file, looked at by `documents`, which blocks, and drawn as POST /ocr/jobs draws it without
/// options. Usable from any thread.
annotate_plan plan_annotation(std::vector<annotate_item> items, annotate_kind kind, const annotate_owner& owner,
                              const config& settings, const vision::engine_provider& engine,
                              const document_desk& documents);

} // namespace glyphgate::http
