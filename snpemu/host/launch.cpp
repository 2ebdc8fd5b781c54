// SPDX-License-Identifier: MIT
// The work of hypervisor and AMD-SP before the first VMRUN: the image's pages become guest pages, and the
// machine fills in its own. [SNP-ABI "Guest Launch"] [IGVM]
#include <cstring>

#include "abi/snp/secrets.hpp"
#include "igvm/reader.hpp"
#include "model/host/launch_order.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/launch_request.hpp"
#include "snpemu/host/madt.hpp"
#include "snpemu/host/memory_map.hpp"
#include "snpemu/host/parameters.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/psp/launch.hpp"

namespace snpemu {
namespace {

using host::Field, host::Moment;

constinit Parameters parameters{};

/// Carries out the directives one after the other, in the order of the file; stops the machine at the first
/// one that is refused.
class Launch {
public:
    Launch(Machine& machine, std::uint64_t policy) : machine_{machine} { accepted(psp_.start(policy)); }

    void operator()(const igvm::GuestPolicy& policy) { log("launch: policy 0x{:x}", policy.policy); }
    void operator()(const igvm::RequiredMemory& required) {
        if (!machine_.ram.contains(required.range.begin, required.range.size()))
            stop("kind=low-memory need={}", required.range.end.value());
        machine_.required_memory = machine_.hooks.svsm_memory = required.range;
        discard(required.range);
    }
    void operator()(const igvm::PageData& page) {
        const psp::PageType type = type_of(page);
        const Bytes contents = type == psp::PageType::Cpuid ? cpuid_page() : page.data.value_or(Bytes{});
        const auto launched = load(page.gpa, type, contents);
        order_.note_page({page.gpa, page.type, page.unmeasured, page.data.has_value()});
        if (type == psp::PageType::Secrets) note_secrets(page.gpa, launched);
    }
    void operator()(const igvm::ParameterArea& area) { parameters.declare(area); }
    void operator()(const igvm::VpCount& count) { parameters.put(count.at, machine_.cpu_count); }
    void operator()(const igvm::Madt& madt) {
        accepted(host::LaunchOrder::check_cpu_list(
            write_madt(parameters.at(madt.at, 0), machine_.cpu_count, machine_.properties)));
    }
    void operator()(const igvm::EnvironmentInfo& info) {
        parameters.put(info.at, abi::igvm::Environment::memory_is_shared);
    }
    /// This host has none: the area stays zero.
    void operator()(const igvm::DeviceTree&) {}
    void operator()(const igvm::MemoryMap& map) { put_memory_map(machine_, parameters, map.at); }
    void operator()(const igvm::ParameterInsert& insert) {
        const auto bytes = parameters.insert(insert.index);
        for (std::uint64_t done = 0; done < bytes.size(); done += page_bytes)
            (void)load(insert.gpa + done, psp::PageType::Unmeasured, bytes.subspan(done, page_bytes));
    }
    void operator()(const igvm::VpContext& context) {
        accepted(psp_.update_vmsa(context.vmsa, *machine_.launch_vmsa, machine_.launch_entry));
        require_own_c_bit(*machine_.launch_vmsa);
        machine_.launch_vmsa->vmpl =
            static_cast<std::uint8_t>(machine_.hooks.due({.moment = Moment::LoadsVmsa})
                                          .applied_to(Field::Vmpl, machine_.launch_vmsa->vmpl));
        Vcpu& boot = *machine_.vcpus[0];
        boot.current = static_cast<abi::Vmpl>(machine_.launch_vmsa->vmpl & 3);
        boot.slot() = VmplSlot::fresh(
            {Gpa{abi::launch_vmsa_gpa}, Spa{reinterpret_cast<std::uintptr_t>(machine_.launch_vmsa)},
             machine_.launch_vmsa, &machine_.launch_entry},
            machine_.c_bit);
        boot.runnable = true;
        order_.note_boot_vcpu();
        machine_.plane_features[machine_.launch_vmsa->vmpl & 3] = machine_.launch_vmsa->sev_features;
    }

    void finish() {
        accepted(order_.check_end());
        accepted(psp_.finish());
        log("launch: {} pages, {} vCPUs", psp_.pages(), machine_.cpu_count);
    }

private:
    void require_own_c_bit(const abi::Vmsa& vmsa) const {
        const auto root = host::page_table_root(vmsa, machine_.c_bit);
        if (!root || machine_.ram.contains(*root)) return;
        stop("kind=c-bit image={} machine={}", host::c_bit_in(*root), machine_.c_bit);
    }
    /// Zeroes the pages whose contents REQUIRED_MEMORY discards. [host::LaunchOrder::loses_contents]
    void discard(GpaRange range) {
        const LockGuard guard{machine_.rmp_lock};
        std::uint64_t lost = 0;
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes) {
            if (!machine_.rmp.entry(page).assigned || !order_.loses_contents(page)) continue;
            std::memset(machine_.through_rmp().find(page), 0, page_bytes);
            ++lost;
        }
        if (lost != 0)
            log("launch: required memory names {} pages that were loaded; they are empty now", lost);
    }
    /// In a launch that starts the SVSM at VMPL1 (a lie) the pages must be reachable, or the SVSM
    /// would not get as far as its own check. LAUNCH_UPDATE gives the rights that the host asks for.
    /// [SNP-ABI "SNP_LAUNCH_UPDATE"]
    model::psp::Page load(Gpa page, psp::PageType type, Bytes contents) {
        const host::Due lies = machine_.hooks.due({.moment = Moment::LoadsPage, .address = page.value()});
        const auto lower = static_cast<std::uint8_t>(lies.applied_to(Field::Rights, machine_.launch_rights));
        return accepted(psp_.update(page, type, contents, {lower, lower, lower}));
    }
    void note_secrets(Gpa page, model::psp::Page at) {
        machine_.secrets_page = page;
        auto& secrets = *reinterpret_cast<abi::SecretsPage*>(at.data());
        secrets.version = static_cast<std::uint32_t>(
            machine_.hooks.due({.moment = Moment::FillsSecrets, .address = page.value()})
                .applied_to(Field::Version, secrets.version));
    }
    /// The CPUID table that the host gives to the AMD-SP.
    [[nodiscard]] Bytes cpuid_page() {
        static constinit abi::CpuidPage page{};
        page = machine_.cpuid;
        const host::Due lies = machine_.hooks.due({.moment = Moment::FillsCpuid});
        page.count = static_cast<std::uint32_t>(lies.applied_to(Field::Count, page.count));
        const std::uint64_t c_bit = lies.applied_to(Field::CBit, machine_.c_bit);
        for (abi::CpuidEntry& e : page.entries)
            if (e.eax_in == abi::CpuidSev::function)
                e.ebx = static_cast<std::uint32_t>(abi::CpuidSev::CBit::set(e.ebx, c_bit));
        return std::as_bytes(std::span{&page, 1});
    }

    Machine& machine_;
    psp::Launch psp_{machine_};
    host::LaunchOrder order_;
};

}  // namespace

void launch(Machine& machine, Bytes image) {
    const igvm::File file = accepted(igvm::File::open(image));
    Launch steps{machine, policy_of(file)};
    file.for_each([&](const igvm::Directive& directive) {
        std::visit(steps, directive);
        return true;
    });
    steps.finish();
}

}  // namespace snpemu
