#pragma once

namespace glyphgate::vision {

/// What the decoders do once in a process, and could not do without files or with the address space full: loads the
/// codecs that libheif has as plugins, and silences what libtiff would write to standard error. Call it once, before
/// the process is locked in and before any decoding. What decoding still needs of the system afterwards is memory and,
/// for HEIF and AVIF, threads: their decoders start one to a few.
void prepare_decoders();

} // namespace glyphgate::vision
