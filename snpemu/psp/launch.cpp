// SPDX-License-Identifier: MIT
#include "snpemu/psp/launch.hpp"

#include "base/result.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/psp/random.hpp"

namespace snpemu::psp {

Launch::Launch(silicon::Memory& memory, Guest& guest) : memory_{memory}, guest_{guest} {
    guest_ = {.secrets = {.fms = cpu::cpuid(1).eax}};
    for (auto& key : guest_.secrets.keys) fill_random(key);
    fill_random(guest_.report_id);
}

std::expected<void, Refusal> Launch::start(std::uint64_t policy) {
    TRY_VOID(notes_.start(policy));
    guest_.policy = policy;
    guest_.state = notes_.state();
    return {};
}

std::expected<model::psp::Page, Refusal> Launch::update(Gpa page, PageType type, Bytes contents,
                                                        LowerRights lower) {
    const LockGuard guard{memory_.rmp_lock};
    if (auto taken = notes_.update(memory_.rmp, page, lower); !taken) return std::unexpected{taken.error()};
    memory_.devices.hide({page, page + page_bytes});
    const model::psp::Page bytes{memory_.through_rmp().find(page), page_bytes};
    model::psp::fill(bytes, type, contents, guest_.secrets);
    digest_.add(type, page, bytes, lower);
    return bytes;
}

std::expected<void, Refusal> Launch::update_vmsa(Bytes contents, abi::Vmsa& vmsa, model::RmpEntry& entry) {
    const auto launched = notes_.update_vmsa();
    if (!launched) return std::unexpected{launched.error()};
    const model::psp::Page bytes{reinterpret_cast<std::byte*>(&vmsa), page_bytes};
    model::psp::fill(bytes, PageType::Vmsa, contents, {});
    digest_.add(PageType::Vmsa, Gpa{abi::launch_vmsa_gpa}, bytes);
    // Behind the measurement: a digest that depended on the time could not be predicted.
    if (abi::SevFeatures::SecureTsc::test(vmsa.sev_features)) {
        guest_.tsc_offset = 0 - cpu::timestamp();
        vmsa.tsc_scale = abi::tsc_scale_one;
        vmsa.tsc_offset = guest_.tsc_offset;
    }
    entry = *launched;
    return {};
}

std::expected<void, Refusal> Launch::finish(const model::psp::Identity& identity,
                                            const model::psp::HostData& host_data) {
    TRY_VOID(notes_.finish());
    guest_.state = notes_.state();
    guest_.measurement = digest_.value();
    guest_.identity = identity;
    guest_.host_data = host_data;
    return {};
}

}  // namespace snpemu::psp
