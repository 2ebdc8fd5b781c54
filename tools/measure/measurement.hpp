// SPDX-License-Identifier: MIT
// What a host's launch of a file will measure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "abi/snp/page_info.hpp"
#include "model/psp/launch.hpp"

namespace tools::measure {

struct Measurement {
    abi::Sha384 digest;
    std::uint64_t pages;   ///< of 4 KiB that went into it, VMSAs included
    std::uint64_t policy;  ///< that a launch asks for
    bool has_id_block = false;
    std::vector<std::string>
        notes{};  ///< sentences without a full stop: where a host may arrive at another digest
};

/// One page of a launch, and the digest behind it.
struct Link {
    std::uint64_t gpa;
    model::psp::PageType type;
    abi::Sha384 digest;
};
using Links = std::vector<Link>;

/// The policy of a launch that names none. [QEMU "target/i386/sev.c"]
inline constexpr std::uint64_t default_policy = 0x3'0000;

}  // namespace tools::measure
