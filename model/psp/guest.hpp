// SPDX-License-Identifier: MIT
// What the AMD-SP remembers of a guest from its launch to its end: its guest context. [SNP-ABI "Guest Context"]
#pragma once
#include <array>
#include <cstdint>

#include "model/psp/id_block.hpp"
#include "model/psp/launch.hpp"
#include "model/psp/pages.hpp"

namespace model::psp {

/// 32 bytes of the host's choice, in each report. [SNP-ABI "SNP_LAUNCH_FINISH"]
using HostData = std::array<std::uint8_t, 32>;

struct Guest {
    GuestState state = GuestState::Init;
    std::uint64_t policy = 0;
    abi::Sha384 measurement{};
    Identity identity{};
    HostData host_data{};
    std::array<std::uint8_t, 32> report_id{};  ///< at random: two guests of one image differ in it
    Secrets secrets{};
    /// GUEST_TSC_OFFSET of the launch VMSA, if it has Secure TSC; else 0.
    std::uint64_t tsc_offset = 0;
    /// Messages that each key has protected, requests and answers: the number of the last one. [SNP-ABI "Message Sequence"]
    std::array<std::uint64_t, 4> messages{};
};

}  // namespace model::psp
