// SPDX-License-Identifier: MIT
// The boot of the SVSM, as a list. Each step needs those before it; the first that fails ends the machine
// with its reason. This file says what each step gets; the folder of its name says what it does.
#include <array>

#include "abi/adyton/boot_block.hpp"
#include "abi/igvm/format.hpp"
#include "svsm/boot/checks.hpp"
#include "svsm/boot/steps/steps.hpp"
#include "svsm/cpu/early_exceptions.hpp"
#include "svsm/cpu/ghcb_page.hpp"
#include "svsm/cpu/instructions.hpp"
#include "svsm/cpu/smp.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/launch/firmware_start.hpp"
#include "svsm/launch/hand_over.hpp"
#include "svsm/launch/memory_map.hpp"
#include "svsm/log.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

// Objects that outlive the boot; only Boot names them.
constinit mm::Memory own_memory;
constinit Guest the_guest;
constinit cpu::Cpu boot_cpu;
alignas(page_bytes) constinit abi::Ghcb boot_ghcb{};

/// Inputs of the steps, and the results that one step passes to the next.
struct Boot {
    // There is one of each, and the references tell the compiler so: a pointer would cost a load at each use.
    static constexpr mm::Memory& memory = own_memory;
    static constexpr Guest& guest = the_guest;
    static constexpr cpu::Cpu& cpu = boot_cpu;
    static constexpr abi::Ghcb& ghcb = boot_ghcb;

    const abi::adyton::BootBlock& block;
    std::uint64_t hypervisor_features = 0;

    [[nodiscard]] GpaRange region() const {
        return {Gpa{block.region_gpa}, Gpa{block.region_gpa} + block.region_bytes};
    }
    template <class T>
    [[nodiscard]] T& page(std::uint64_t gpa) const {
        return *memory.linear.object<T>(Gpa{gpa});
    }
    [[nodiscard]] const abi::CpuidPage& cpuid() const { return page<abi::CpuidPage>(block.cpuid_gpa); }
    [[nodiscard]] abi::SecretsPage& secrets() const { return page<abi::SecretsPage>(block.secrets_gpa); }
    [[nodiscard]] const abi::adyton::GeneralParameters& parameters() const {
        return page<abi::adyton::GeneralParameters>(block.general_gpa);
    }
    [[nodiscard]] const PageBuffer& memory_map() const { return page<PageBuffer>(block.memory_map_gpa); }
    [[nodiscard]] bool memory_is_shared() const {
        return (parameters().environment & abi::igvm::Environment::memory_is_shared) != 0;
    }
    [[nodiscard]] BootRegionPlan plan() const {
        return {guest,         cpuid(),            secrets(),        region(),
                block.c_bit,   memory_is_shared(), block.guest_kind, first_calling_area(block)};
    }
    [[nodiscard]] PageBuffer& buffer() const { return *cpu.vcpu->scratch; }
};

BootResult catch_exceptions(Boot& boot) {
    cpu::catch_early_exceptions(boot.cpu);
    return {};
}
BootResult require_vmpl0(Boot& boot) { return check_vmpl0(Va{reinterpret_cast<std::uint64_t>(&boot.ghcb)}); }
BootResult require_sev_features(Boot& boot) {
    boot.guest.sev_features = TRY(check_sev_features());
    return {};
}
BootResult read_boot_block(Boot& boot) {
    TRY_VOID(check_boot_block(boot.block));
    boot.memory.start(boot.block);
    return check_parameters(boot.parameters());
}
BootResult require_ghcb_version(Boot&) { return ghcb::check_version(); }
BootResult require_hypervisor_features(Boot& boot) {
    boot.hypervisor_features = TRY(ghcb::query_features());
    return {};
}
BootResult require_cpuid_page(Boot& boot) {
    TRY_VOID(check_cpuid_page(boot.cpuid()));
    boot.guest.lines = host_lines(boot.cpuid());
    return {};
}
/// Sets SMEP, SMAP and UMIP, which separate the SVSM from a ring 3. There is no program in ring 3 yet.
BootResult raise_guards(Boot& boot) {
    cpu::write_cr4(cpu::read_cr4() | cr4_guards(boot.cpuid()));
    return {};
}
BootResult require_c_bit(Boot& boot) { return check_c_bit(boot.cpuid(), boot.block.c_bit); }
BootResult require_invlpgb(Boot&) { return check_invlpgb(); }
BootResult require_secrets(Boot& boot) { return check_secrets(boot.secrets()); }
BootResult read_memory_map(Boot& boot) {
    const auto page = std::as_bytes(std::span{boot.memory_map().words});
    const auto all = TRY(parse_memory_map(page, Gpa{boot.memory.c_bit}));
    boot.guest.ram = TRY(guest_ram(all, boot.block));
    boot.guest.window = firmware_window(boot.block);
    return {};
}
BootResult open_ghcb(Boot& boot) {
    TRY_VOID(cpu::share_ghcb(boot.memory, boot.cpu, &boot.ghcb));
    return cpu::register_ghcb(boot.cpu);
}
BootResult print_banner(Boot& boot) {
    svsm::print_banner(boot.block, boot.hypervisor_features);
    return {};
}
BootResult accept_own_memory(Boot& boot) {
    return boot.memory.accept({Gpa{boot.block.image_end_gpa}, boot.region().end}, boot.memory_is_shared(),
                              boot.guest.lines);
}
/// The launch may have given VMPL1 to 3 rights on loaded pages. The SVSM does not rely on a verifier of the
/// measurement to find that out. All other pages came without: the host assigned them, and VMPL0 alone has run since.
/// [APM3 "RMPUPDATE"]
BootResult keep_own_memory(Boot& boot) {
    return boot.memory.keep_for_vmpl0({boot.region().begin, Gpa{boot.block.image_end_gpa}});
}
BootResult move_keys(Boot& boot) { return svsm::move_keys(boot.memory, boot.secrets()); }
BootResult open_channel(Boot& boot) { return svsm::open_channel(boot.memory, boot.guest); }
BootResult read_apic_ids(Boot& boot) {
    TRY_VOID(make_vcpus(boot.memory, boot.guest, boot.parameters().vp_count));
    return svsm::read_apic_ids(boot.memory, boot.hypervisor_features, own_apic_id(boot.cpuid()),
                               boot.guest.vcpus);
}
BootResult build_boot_cpu(Boot& boot) {
    boot.guest.vmpl = static_cast<abi::Vmpl>(boot.block.guest_vmpl);
    return svsm::build_boot_cpu(boot.memory, boot.guest, boot.cpu);
}
BootResult require_own_report(Boot& boot) { return svsm::check_own_report(*boot.guest.amd_sp, boot.block); }
BootResult read_clock(Boot& boot) { return svsm::read_clock(boot.guest); }
BootResult start_smp(Boot& boot) { return smp_init(boot.memory, boot.guest); }
BootResult build_page_table(Boot& boot) {
    return svsm::build_page_table(boot.memory, boot.guest, boot.region());
}
BootResult hand_over_memory(Boot& boot) {
    if (is_firmware(boot.block)) return hand_over_firmware(boot.guest, boot.block);
    return svsm::hand_over_memory(boot.guest, boot.block, boot.memory_is_shared());
}
BootResult fill_boot_region(Boot& boot) {
    return svsm::fill_boot_region(boot.guest, boot.plan(), boot.block, boot.secrets(), boot.buffer());
}
/// Runs after the last validation of guest memory and before the guest: it finds a host that has moved a page
/// of the SVSM, with keys in it, into the guest's memory.
BootResult find_own_memory_in_place(Boot& boot) { return boot.memory.check_in_place(boot.region()); }
/// Follows the check, which covers mapped pages only: the page was in its place while the boot prepared the
/// guest's memory. If the host takes it later, the code that maps it again gets a fault.
BootResult hide_keys(Boot& boot) { return boot.memory.hide(boot.memory.linear.va(boot.memory.keys)); }
BootResult launch_guest(Boot& boot) {
    return svsm::launch_guest(boot.memory, boot.guest, boot.plan(), boot.block);
}
BootResult serve(Boot& boot) { svsm_request_loop(boot.guest, *boot.cpu.vcpu); }

struct Step {
    std::string_view name;
    BootResult (*run)(Boot&);
};

constexpr std::array steps{
    Step{"exceptions", catch_exceptions},
    Step{"VMPL 0", require_vmpl0},
    Step{"SEV features", require_sev_features},
    Step{"boot block", read_boot_block},
    Step{"GHCB version", require_ghcb_version},
    Step{"hypervisor features", require_hypervisor_features},
    Step{"CPUID page", require_cpuid_page},
    Step{"CR4", raise_guards},
    Step{"C-bit", require_c_bit},
    Step{"INVLPGB", require_invlpgb},
    Step{"secrets page", require_secrets},
    Step{"memory map", read_memory_map},
    Step{"GHCB", open_ghcb},
    Step{"banner", print_banner},
    Step{"own memory", accept_own_memory},
    Step{"rights on own memory", keep_own_memory},
    Step{"keys", move_keys},
    Step{"channel to the AMD-SP", open_channel},
    Step{"APIC ids", read_apic_ids},
    Step{"boot CPU", build_boot_cpu},
    Step{"own report", require_own_report},
    Step{"clock", read_clock},
    Step{"SMP", start_smp},
    Step{"guest pages", build_page_table},
    Step{"guest memory", hand_over_memory},
    Step{"guest boot region", fill_boot_region},
    Step{"own memory in place", find_own_memory_in_place},
    Step{"keys out of reach", hide_keys},
    Step{"launch", launch_guest},
    Step{"requests", serve},
};

}  // namespace

extern "C" [[noreturn]] void svsm_main(const abi::adyton::BootBlock& block) {
    Boot boot{block};
    for (const auto& step : steps) {
        if (const auto done = step.run(boot); !done) {
            log("svsm: step '{}' failed: {}", step.name,
                abi::adyton::termination_text[static_cast<std::size_t>(done.error())]);
            machine::terminate(done.error());
        }
    }
    machine::terminate(Termination::Panic);
}

}  // namespace svsm
