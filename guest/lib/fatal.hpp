// SPDX-License-Identifier: MIT
// Ends of a guest: a verdict, or a reason why there cannot be one.
#pragma once
#include <cstdint>
#include <string_view>

namespace guest {

/// Writes `value` to the report port: 0 is success, 1..255 failure. The machine stops.
[[noreturn]] void report(std::uint8_t value);
/// Says why on the console and reports 255. Works without GHCB too (terminates through the GHCB MSR) and
/// on any vCPU.
[[noreturn]] void fatal(std::string_view why);
/// Asks the hypervisor to end the machine. [GHCB "Termination Request"]
[[noreturn]] void terminate(std::uint8_t set, std::uint8_t code);

}  // namespace guest
