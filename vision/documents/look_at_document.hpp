#pragma once

#include "vision/documents/document.hpp"

#include <string_view>

namespace glyphgate::vision {

/// Looks at a PDF with poppler: only in a reader's process. `document_facts` without chosen pages where `refuse_pages`
/// has something to say. Draws nothing.
looked_at_document look_at_document(std::string_view bytes, const document_request& request);

} // namespace glyphgate::vision
