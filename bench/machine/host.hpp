// SPDX-License-Identifier: MIT
// The host, as this program asks it: the MSR, one page that both see, and #VC for the instructions that need it.
#pragma once
#include <cstdint>
#include <string_view>

#include "abi/adyton/boot_block.hpp"
#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"

namespace bench {

/// Makes the page for events, and the tables without which no #VC can be delivered. A host that refuses ends the run.
void init(const abi::adyton::BootBlock& block);

/// One event without registers.
void event(abi::NaeEvent event, std::uint64_t info_1);
/// Text for the console, in one event.
void say(std::string_view text);
/// The MSR protocol: what the MSR holds after it.
std::uint64_t exchange(std::uint64_t request);
/// Asks the host for the page at `va`, as private memory, and validates it. False: one of the two refused.
[[nodiscard]] bool take_page(std::uint64_t va);
/// Ends the machine with that report.
[[noreturn]] void end(std::uint8_t value);

}  // namespace bench
