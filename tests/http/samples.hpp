#pragma once

#include "core/job.hpp"
#include "http/wire/request_body.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glyphgate::http::test {

/// A PNG's signature and header, which is all that is looked at before a job is accepted, then `marker`, which makes
/// its bytes differ.
std::string png_header(std::uint32_t width, std::uint32_t height, std::string_view marker = {});

/// A TIFF of grey pages of these widths and heights: what is looked at before a job is accepted, and some of the pixels
/// that it declares.
std::string tiff_header(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& pages);

/// A request's body of these bytes, out of that budget.
request_body_ptr body_of(std::string_view bytes, std::shared_ptr<memory_budget> budget = nullptr);

std::string to_base64(std::string_view bytes);

/// A completed job of that many images.
std::shared_ptr<const job_view> completed_job(const std::string& id, std::size_t images = 1);

std::shared_ptr<const job_view> pending_job(const std::string& id);

} // namespace glyphgate::http::test
