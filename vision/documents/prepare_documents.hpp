#pragma once

#include <functional>
#include <string>

namespace glyphgate::vision {

/// Makes poppler ready before a reader is caged: it says nothing to standard error, and knows its tables and the fonts
/// that stand for those that documents do not bring. The fonts are always the same few, whatever else is installed:
/// docs/reader.md names them. `keep` is told each file that may be opened later.
void prepare_documents(const std::function<void(const std::string& file)>& keep);

} // namespace glyphgate::vision
