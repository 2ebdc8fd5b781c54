// SPDX-License-Identifier: MIT
// Words that the demo's tests share.
#pragma once
#include "abi/snp/secrets.hpp"
#include "guest/lib/svsm.hpp"
#include "guest/lib/vcpu.hpp"

namespace demo {

/// The secrets page that the SVSM prepared for this guest.
[[nodiscard]] const abi::SecretsPage& secrets();
/// First and last page of the SVSM's memory.
[[nodiscard]] Gpa svsm_first_page();
[[nodiscard]] Gpa svsm_last_page();

/// The weight of the C-bit: added to an address, it names the same page to the CPU.
[[nodiscard]] inline std::uint64_t c_bit() { return 1ull << guest::info().c_bit; }

/// True when the call was refused with exactly this error.
[[nodiscard]] constexpr bool is_refused(const guest::svsm::Result& result, abi::SvsmError error) {
    return !result && result.error() == error;
}

/// True when all `bytes` at `at` are zero.
[[nodiscard]] bool is_zero(Gpa at, std::uint64_t bytes);
void fill(Gpa at, std::uint64_t bytes, std::uint8_t value);

}  // namespace demo
