// SPDX-License-Identifier: MIT
#include "svsm/boot/own_report.hpp"

#include <optional>

#include "abi/snp/policy.hpp"
#include "base/result.hpp"

namespace svsm {
namespace {

using abi::adyton::BootBlock, abi::adyton::TcbFloor;
using Policy = abi::GuestPolicy;

/// Set: the host may. `Debug` has a reason of its own.
constexpr std::uint64_t rights = Policy::Smt::mask | Policy::MigrateMa::mask | Policy::CxlAllow::mask;
/// Set: the host or the chip must. `PageSwapDisable` has a reason of its own.
constexpr std::uint64_t duties = Policy::SingleSocket::mask | Policy::MemAes256Xts::mask |
                                 Policy::RaplDisable::mask | Policy::CiphertextHiding::mask;
/// A bit that neither this SVSM nor its builder knows may mean either.
constexpr std::uint64_t known = rights | duties | Policy::AbiMinor::mask | Policy::AbiMajor::mask |
                                Policy::One::mask | Policy::Debug::mask | Policy::PageSwapDisable::mask;

std::uint64_t least_firmware(std::uint64_t policy) {
    return Policy::AbiMajor::get(policy) << 8 | Policy::AbiMinor::get(policy);
}

BootResult check_policy(std::uint64_t policy, const BootBlock& block) {
    if (Policy::Debug::test(policy) && !Policy::Debug::test(block.policy))
        return std::unexpected{Termination::PolicyDebug};
    // Without the bit the host may keep a copy of a page, and the boot would hand out what it holds.
    const bool pages_stay = block.page_moves == abi::adyton::PageMoves::Forbidden;
    if (!Policy::PageSwapDisable::test(policy) && (pages_stay || Policy::PageSwapDisable::test(block.policy)))
        return std::unexpected{Termination::PolicyPageMoves};
    const bool is_laxer = (policy & rights & ~block.policy) != 0 || (block.policy & duties & ~policy) != 0 ||
                          (policy & ~known) != 0 || least_firmware(policy) < least_firmware(block.policy);
    if (is_laxer) return std::unexpected{Termination::PolicyLaxer};
    return {};
}

/// Where the parts of a TCB version lie depends on the generation. [SNP-ABI "TCB_VERSION"]
std::optional<TcbFloor> read_tcb(const abi::AttestationReport& report) {
    constexpr std::uint8_t zen3_and_4 = 0x19, zen5 = 0x1a;
    const auto& tcb = report.committed_tcb.bytes;
    if (report.family == zen5)
        return TcbFloor{
            .fmc = tcb[0], .bootloader = tcb[1], .tee = tcb[2], .snp = tcb[3], .microcode = tcb[7]};
    // Version 2 names no family, and chips since Turin never had it.
    if (report.family == zen3_and_4 || report.version < abi::first_report_with_family)
        return TcbFloor{.fmc = 0, .bootloader = tcb[0], .tee = tcb[1], .snp = tcb[6], .microcode = tcb[7]};
    return std::nullopt;
}

bool asks_for_nothing(const TcbFloor& floor) {
    return (floor.fmc | floor.bootloader | floor.tee | floor.snp | floor.microcode) == 0;
}

BootResult check_tcb(const abi::AttestationReport& report, const TcbFloor& floor) {
    if (asks_for_nothing(floor)) return {};
    const auto tcb = read_tcb(report);
    const bool is_old = !tcb || tcb->fmc < floor.fmc || tcb->bootloader < floor.bootloader ||
                        tcb->tee < floor.tee || tcb->snp < floor.snp || tcb->microcode < floor.microcode;
    if (is_old) return std::unexpected{Termination::TcbFloor};
    return {};
}

}  // namespace

BootResult check_own_report(const abi::AttestationReport& report, const BootBlock& block) {
    TRY_VOID(check_policy(report.policy, block));
    return check_tcb(report, block.tcb_floor);
}

}  // namespace svsm
