#pragma once

#include "core/job.hpp"
#include "http/request_body.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace glyphgate::http::test {

/// A PNG's signature and header, which is all that is looked at before a job is accepted, then `marker`, which makes
/// its bytes differ.
std::string png_header(std::uint32_t width, std::uint32_t height, std::string_view marker = {});

/// A request's body of these bytes, out of that budget.
request_body_ptr body_of(std::string_view bytes, std::shared_ptr<memory_budget> budget = nullptr);

std::string to_base64(std::string_view bytes);

/// A completed job of that many images.
std::shared_ptr<const job_view> completed_job(const std::string& id, std::size_t images = 1);

std::shared_ptr<const job_view> pending_job(const std::string& id);

} // namespace glyphgate::http::test
