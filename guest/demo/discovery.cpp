// SPDX-License-Identifier: MIT
// How a guest finds its SVSM, and what it must not find.
#include <algorithm>
#include <span>

#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/instructions.hpp"

namespace {

bool is_wiped(std::span<const std::uint8_t> key) {
    return std::ranges::all_of(key, [](std::uint8_t byte) { return byte == 0; });
}

/// The entry of `function` in the CPUID page; null when there is none.
const abi::CpuidEntry* cpuid_entry(std::uint32_t function) {
    const auto& page = *guest::pointer_to<const abi::CpuidPage>(Gpa{guest::info().cpuid_gpa});
    const std::span entries{page.entries.data(), std::min(page.count, abi::cpuid_page_max_entries)};
    const auto found = std::ranges::find(entries, function, &abi::CpuidEntry::eax_in);
    return found == entries.end() ? nullptr : &*found;
}

}  // namespace

TEST("the secrets page names the SVSM's memory") {
    CHECK(demo::secrets().svsm_size != 0 && demo::secrets().svsm_size % page_bytes == 0);
    CHECK(demo::svsm_first_page().is_page_aligned());
    CHECK(demo::secrets().svsm_max_version == abi::core_protocol_version);
}

TEST("secrets page and start information agree on VMPL and calling area") {
    CHECK(demo::secrets().svsm_guest_vmpl == guest::info().vmpl);
    CHECK(demo::secrets().svsm_guest_vmpl >= 1 && demo::secrets().svsm_guest_vmpl < abi::vmpl_count);
    CHECK(demo::secrets().svsm_caa == guest::info().calling_area_gpa);
}

TEST("the keys of more privileged VMPLs are wiped, its own is not") {
    for (unsigned vmpl = 0; vmpl < guest::info().vmpl; ++vmpl) CHECK(is_wiped(demo::secrets().vmpck[vmpl]));
    CHECK(!is_wiped(demo::secrets().vmpck[guest::info().vmpl]));
}

TEST("the CPUID page says that an SVSM is present and where the C-bit is") {
    const auto* sev = cpuid_entry(abi::CpuidSev::function);
    CHECK(sev != nullptr);
    CHECK(abi::CpuidSev::Svsm::test(sev->eax) && abi::CpuidSev::SevSnp::test(sev->eax));
    CHECK(abi::CpuidSev::CBit::get(sev->ebx) == guest::info().c_bit);
}

TEST("SEV_STATUS shows SEV, SEV-ES and SEV-SNP") {
    constexpr auto wanted =
        abi::SevStatus::Sev::mask | abi::SevStatus::SevEs::mask | abi::SevStatus::SevSnp::mask;
    CHECK((guest::read_msr(abi::Msr::SevStatus) & wanted) == wanted);
}

TEST("the hypervisor offers SNP, AP creation and several VMPLs") {
    using abi::HypervisorFeature;
    constexpr auto wanted =
        HypervisorFeature::snp | HypervisorFeature::ap_creation | HypervisorFeature::multi_vmpl;
    const auto msr = guest::ghcb::exchange_msr(static_cast<std::uint64_t>(abi::GhcbInfo::FeaturesRequest));
    CHECK(abi::GhcbMsr::Info::get(msr) == static_cast<std::uint64_t>(abi::GhcbInfo::FeaturesResponse));
    CHECK((abi::GhcbMsr::Features::get(msr) & wanted) == wanted);
    const auto reply = guest::ghcb::event({.event = abi::NaeEvent::HypervisorFeatures});
    CHECK(reply && reply->info2 == abi::GhcbMsr::Features::get(msr));
}
