// SPDX-License-Identifier: MIT
// What the report says of itself: the policy, the level, the order of its firmware versions.
#include <algorithm>
#include <array>

#include "abi/snp/policy.hpp"
#include "tools/report/check.hpp"
#include "tools/report/words.hpp"

namespace tools::attestation {
namespace {

using P = abi::GuestPolicy;
using Raw = abi::AttestationReport;

/// A more privileged level may ask in the name of a lower one, never the other way round.
Finding vmpl_is_the_one_asked_for(const Evidence& e) {
    const std::uint32_t vmpl = e.report.raw.vmpl;
    if (vmpl != e.demands.vmpl && e.demands.vmpl != 0)
        return fails(formatted("{}, and --vmpl asks for {}", vmpl_text(vmpl), e.demands.vmpl));
    if (vmpl != e.demands.vmpl)
        return fails(formatted("{}: not the SVSM speaks, but whatever runs there", vmpl_text(vmpl)));
    if (vmpl == 0) return holds("0, where the SVSM is");
    return holds(formatted("{}, as --vmpl asks: not the SVSM speaks, but whatever runs there", vmpl));
}

Finding has_no_debug(const Evidence& e) {
    if (!P::Debug::test(e.report.raw.policy)) return holds("the policy forbids it");
    if (e.demands.allows_debug)
        return not_asked("the host reads and writes the guest's memory, as --allow-debug has it");
    return fails("the policy lets the host read and write the guest's memory");
}

Finding has_no_migration_agent(const Evidence& e) {
    constexpr std::uint8_t none = 0xff;
    if (P::MigrateMa::test(e.report.raw.policy))
        return fails(
            "the policy lets a migration agent take the guest, which no report of the guest measures");
    if (!std::ranges::all_of(e.report.raw.report_id_ma, [](std::uint8_t b) { return b == none; }))
        return fails("REPORT_ID_MA names a migration agent");
    return holds("there is none");
}

/// What the policy promises, and PLATFORM_INFO has to show.
struct Promise {
    std::uint64_t policy, platform;
    bool forbids;  ///< the policy's bit permits what the platform's bit says is on
    std::string_view what;
};
constexpr std::array promises{
    Promise{P::Smt::mask, abi::PlatformInfo::SmtEnabled::mask, true, "sibling threads"},
    Promise{P::RaplDisable::mask, abi::PlatformInfo::RaplDisabled::mask, false, "no energy counters"},
    Promise{P::CiphertextHiding::mask, abi::PlatformInfo::CiphertextHiding::mask, false, "ciphertext hiding"},
};

Finding platform_keeps_policy(const Evidence& e) {
    for (const Promise& promise : promises) {
        const bool policy = (e.report.raw.policy & promise.policy) != 0,
                   platform = (e.report.raw.platform_info & promise.platform) != 0;
        if (promise.forbids ? !policy && platform : policy && !platform)
            return fails(formatted("policy and PLATFORM_INFO disagree about {}", promise.what));
    }
    return holds("PLATFORM_INFO fits the policy");
}

bool is_before(const abi::FirmwareVersion& a, const abi::FirmwareVersion& b) {
    return std::array{a.major, a.minor, a.build} < std::array{b.major, b.minor, b.build};
}

/// Of the ABI only; a build is no part of it.
Finding firmware_keeps_policy(const Evidence& e) {
    const abi::FirmwareVersion least{
        .build = 0,
        .minor = static_cast<std::uint8_t>(P::AbiMinor::get(e.report.raw.policy)),
        .major = static_cast<std::uint8_t>(P::AbiMajor::get(e.report.raw.policy)),
        .reserved = 0};
    if (is_before(e.report.raw.current_firmware, least))
        return fails(formatted("the policy asks for {}.{}, and the firmware is {}", least.major, least.minor,
                               text_of(e.report.raw.current_firmware)));
    return holds(formatted("{}, and the policy asks for {}.{}", text_of(e.report.raw.current_firmware),
                           least.major, least.minor));
}

Finding tcb_is_in_order(const Evidence& e) {
    if (!e.report.tcb_layout) return not_asked("the chip is not known");
    const auto parts = [&](const abi::TcbVersion& tcb) { return parts_of(tcb, *e.report.tcb_layout); };
    const Raw& raw = e.report.raw;
    if (!is_at_least(parts(raw.current_tcb), parts(raw.committed_tcb)))
        return fails("the committed TCB is newer than the current one");
    if (!is_at_least(parts(raw.committed_tcb), parts(raw.reported_tcb)))
        return fails("the reported TCB is newer than the committed one, to which the host may return");
    if (is_before(raw.current_firmware, raw.committed_firmware))
        return fails("the committed firmware is newer than the current one");
    return holds("reported, committed, current: none is newer than the next");
}

Finding firmware_is_committed(const Evidence& e) {
    const Raw& raw = e.report.raw;
    const bool is_one = std::ranges::equal(raw.current_tcb.bytes, raw.committed_tcb.bytes) &&
                        !is_before(raw.committed_firmware, raw.current_firmware);
    if (is_one) return holds("the host cannot return to an older one");
    if (e.demands.allows_provisional)
        return not_asked("the host may return to an older one, as --allow-provisional has it");
    return fails(
        "the firmware is provisional: the host may return to the committed one; --allow-provisional takes "
        "it");
}

bool is_zero(std::span<const std::uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

Finding id_block_fits(const Evidence& e) {
    const Raw& raw = e.report.raw;
    const bool has_author = abi::ReportFlags::AuthorKeyEnabled::test(raw.flags);
    if (has_author == is_zero(raw.author_key_digest))
        return fails(has_author ? "the flags name an author key, and its digest is zero"
                                : "there is the digest of an author key, and the flags name none");
    if (!is_zero(raw.id_key_digest)) return holds("the launch had one, and it fitted");
    if (has_author || raw.guest_svn != 0 || !is_zero(raw.family_id) || !is_zero(raw.image_id))
        return fails("there are ids, an SVN or an author, and no ID key that signed them");
    return holds("the launch had none");
}

constexpr std::array checks{
    Check{"VMPL", vmpl_is_the_one_asked_for},         Check{"debugging", has_no_debug},
    Check{"migration agent", has_no_migration_agent}, Check{"platform", platform_keeps_policy},
    Check{"firmware", firmware_keeps_policy},         Check{"TCB order", tcb_is_in_order},
    Check{"committed", firmware_is_committed},        Check{"ID block", id_block_fits},
};

}  // namespace

std::span<const Check> report_checks() { return checks; }

}  // namespace tools::attestation
