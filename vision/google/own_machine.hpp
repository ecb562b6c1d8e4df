#pragma once

#include <string_view>

namespace glyphgate::vision {

/// Whether a URL leads to this machine: its host is localhost, a name below it (RFC 6761, 6.3), 127.0.0.0/8 in any form
/// that libcurl reads, ::1, or an IPv4 address of that network written as an IPv6 one. Names are not looked up.
bool leads_to_own_machine(std::string_view url);

} // namespace glyphgate::vision
