// SPDX-License-Identifier: MIT
// The boot of the SVSM, as a list. Each step needs those before it; the first that fails ends the machine
// with its reason.
#include <algorithm>
#include <array>
#include <memory>

#include "abi/adyton/boot_block.hpp"
#include "abi/igvm/format.hpp"
#include "svsm/boot/checks.hpp"
#include "svsm/boot/keys.hpp"
#include "svsm/cpu/cpu_area.hpp"
#include "svsm/cpu/ghcb_page.hpp"
#include "svsm/cpu/instructions.hpp"
#include "svsm/cpu/smp.hpp"
#include "svsm/cpu/tables.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/launch/boot_region.hpp"
#include "svsm/launch/linux_start.hpp"
#include "svsm/launch/memory_map.hpp"
#include "svsm/launch/prepare_memory.hpp"
#include "svsm/log.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

// What outlives the boot.
constinit mm::Memory memory;
constinit Guest guest;
constinit cpu::Cpu boot_cpu;
alignas(page_bytes) constinit abi::Ghcb boot_ghcb{};
/// For exceptions before the boot CPU has its area.
alignas(page_bytes) constinit std::array<std::byte, page_bytes> early_exception_stack{};

/// What the steps hand on to each other.
struct Boot {
    const abi::adyton::BootBlock& block;
    std::uint64_t hypervisor_features = 0;
    ApicIds apic_ids{};

    [[nodiscard]] GpaRange region() const {
        return {Gpa{block.region_gpa}, Gpa{block.region_gpa} + block.region_bytes};
    }
    template <class T>
    [[nodiscard]] const T& page(std::uint64_t gpa) const {
        return *memory.linear.object<const T>(Gpa{gpa});
    }
    [[nodiscard]] const abi::CpuidPage& cpuid() const { return page<abi::CpuidPage>(block.cpuid_gpa); }
    [[nodiscard]] abi::SecretsPage& secrets() const {
        return *memory.linear.object<abi::SecretsPage>(Gpa{block.secrets_gpa});
    }
    [[nodiscard]] const abi::adyton::GeneralParameters& parameters() const {
        return page<abi::adyton::GeneralParameters>(block.general_gpa);
    }
    [[nodiscard]] bool memory_is_shared() const {
        return (parameters().environment & abi::igvm::Environment::memory_is_shared) != 0;
    }
    [[nodiscard]] BootRegionPlan boot_region_plan() const {
        return {guest, cpuid(), secrets(), region(), block.c_bit, memory_is_shared(), block.guest_kind};
    }
    [[nodiscard]] bool guest_is_linux() const { return block.guest_kind == abi::adyton::GuestKind::Linux; }
};

BootResult catch_exceptions(Boot&) {
    const Va top{reinterpret_cast<std::uint64_t>(early_exception_stack.data()) +
                 early_exception_stack.size()};
    for (const auto ist : {cpu::Ist::Vc, cpu::Ist::DoubleFault, cpu::Ist::Nmi})
        cpu::set_exception_stack(boot_cpu, ist, top);
    cpu::build_idt();
    cpu::build_gdt(boot_cpu);
    cpu::load_tables(boot_cpu);
    return {};
}

BootResult require_vmpl0(Boot&) { return check_vmpl0(Va{reinterpret_cast<std::uint64_t>(&boot_ghcb)}); }

BootResult require_sev_features(Boot&) {
    guest.sev_features = TRY(check_sev_features());
    return {};
}

BootResult read_boot_block(Boot& boot) {
    TRY_VOID(check_boot_block(boot.block));
    memory.linear = mm::LinearMap{boot.region()};
    memory.root = Gpa{boot.block.page_table_gpa};
    memory.c_bit = 1ull << boot.block.c_bit;
    memory.pages = mm::PageAllocator{{Gpa{boot.block.image_end_gpa}, boot.region().end}};
    return check_parameters(boot.parameters());
}

BootResult require_ghcb_version(Boot&) { return ghcb::check_version(); }

BootResult require_hypervisor_features(Boot& boot) {
    boot.hypervisor_features = TRY(ghcb::query_features());
    return {};
}

BootResult require_cpuid_page(Boot& boot) {
    TRY_VOID(check_cpuid_page(boot.cpuid()));
    guest.lines = host_lines(boot.cpuid());
    return {};
}

/// Ring 3 does not exist yet; what must not reach into it, or it into us, is kept from that already.
BootResult raise_guards(Boot& boot) {
    cpu::write_cr4(cpu::read_cr4() | cr4_guards(boot.cpuid()));
    return {};
}

BootResult require_c_bit(Boot& boot) { return check_c_bit(boot.cpuid(), boot.block.c_bit); }

BootResult require_invlpgb(Boot&) { return check_invlpgb(); }

BootResult require_secrets(Boot& boot) { return check_secrets(boot.secrets()); }

BootResult read_memory_map(Boot& boot) {
    const auto& page = boot.page<PageBuffer>(boot.block.memory_map_gpa);
    const auto all = TRY(parse_memory_map(std::as_bytes(std::span{page.words}), Gpa{memory.c_bit}));
    guest.ram = TRY(guest_ram(all, boot.block));
    return {};
}

BootResult open_ghcb(Boot&) {
    TRY_VOID(cpu::share_ghcb(memory, boot_cpu, &boot_ghcb));
    return cpu::register_ghcb(boot_cpu);
}

BootResult print_banner(Boot& boot) {
    log("Adyton SVSM " ADYTON_VERSION ": {} KiB at 0x{:x}, C-bit {}", boot.region().size() >> 10,
        boot.block.region_gpa, boot.block.c_bit);
    if ((boot.hypervisor_features & abi::HypervisorFeature::multi_vmpl) == 0) {
        log("WARNING: this hypervisor does not announce several VMPLs (GHCB feature bit 5).");
        log("WARNING: no guest can run below VMPL0 there; upstream KVM is like that.");
    }
    return {};
}

BootResult accept_own_memory(Boot& boot) {
    return memory.accept({Gpa{boot.block.image_end_gpa}, boot.region().end}, boot.memory_is_shared(),
                         guest.lines);
}

/// Two vCPUs of a host can have any two ids. It is asked where it has a list, and believed as far as its list
/// makes sense.
BootResult read_apic_ids(Boot& boot) {
    const auto count = boot.parameters().vp_count;
    boot.apic_ids = counted_apic_ids(count);
    if ((boot.hypervisor_features & abi::HypervisorFeature::apic_id_list) == 0) return {};
    using List = std::array<std::uint32_t, page_bytes / sizeof(std::uint32_t)>;
    const auto* shared = TRY(memory.make<List>());
    const auto page = Va{reinterpret_cast<std::uint64_t>(shared)};
    TRY_VOID(memory.share(page));
    if (!ghcb::list_apic_ids(memory.linear.gpa(shared))) return std::unexpected{Termination::ApicIds};
    // Once: what is checked is what is used. The page stays shared, nothing of ours was ever in it.
    std::array<std::uint32_t, max_vcpus + 1> list;
    if (!machine::copy_in(std::as_writable_bytes(std::span{list}), page))
        return std::unexpected{Termination::ApicIds};
    boot.apic_ids = TRY(check_apic_ids(list, count, own_apic_id(boot.cpuid())));
    return {};
}

/// The launch may have given rights on loaded pages to VMPL1 to 3, and the measurement of it is read by
/// others, if at all.
BootResult keep_own_memory(Boot& boot) { return memory.keep_for_vmpl0(boot.region()); }

/// From here on VMPCK0 is in one page only. That page stays mapped until it was seen to be in place.
BootResult move_keys(Boot& boot) {
    auto* keys = TRY(memory.make<KeyPage>());
    memory.keys = memory.linear.gpa(keys);
    take_keys(*keys, boot.secrets());
    return {};
}

BootResult build_boot_cpu(Boot& boot) {
    guest.vmpl = static_cast<abi::Vmpl>(boot.block.guest_vmpl);
    guest.vcpu_count = boot.parameters().vp_count;
    for (std::uint32_t i = 0; auto& vcpu : guest.all_vcpus()) {
        vcpu.apic_id = boot.apic_ids[i];
        vcpu.index = i++;
        vcpu.is_boot = vcpu.index == 0;
    }
    boot_cpu.guest = &guest;
    boot_cpu.vcpu = &guest.vcpus[0];
    boot_cpu.apic_id = boot_cpu.vcpu->apic_id;
    boot_cpu.vcpu->scratch = TRY(memory.make<PageBuffer>());
    guest.lock.set_cpus(guest.vcpu_count);
    return cpu::build_cpu_area(memory, boot_cpu);
}

/// All of an array of T in the SVSM's heap, zeroed.
template <class T>
BootExpected<std::span<T>> make_array(std::uint64_t count) {
    const auto bytes = count * sizeof(T);
    const auto first = TRY(memory.pages.allocate_run((bytes + page_bytes - 1) / page_bytes));
    auto* objects = memory.linear.object<T>(first);
    std::uninitialized_value_construct_n(objects, count);
    return std::span{objects, count};
}

/// What a table for all of the guest's memory takes, in bytes: states, and the directory of objects.
std::uint64_t bytes_for_pages(const RamBlocks& blocks) {
    return std::uint64_t{blocks.count()} * (sizeof(BlockStates) + sizeof(Region*));
}

/// The region is too small for the states of its guest's pages, of which none may be missing.
BootResult say_what_is_needed(const Boot& boot, std::uint64_t bytes) {
    const auto used = boot.region().size() - memory.pages.free_pages() * page_bytes;
    log("the region needs {} KiB for {} MiB of guest memory; it has {}",
        (used + round_up(bytes, page_bytes)) >> 10, guest.ram.bytes() >> 20, boot.region().size() >> 10);
    return std::unexpected{Termination::OutOfMemory};
}

/// What the SVSM knows of its guest's pages. It never grows, because nothing that we need may lie in memory
/// that a guest can have taken away (docs/adr/0014). When there is not enough for objects in all of the
/// guest's memory, the table of objects gets half of what the boot has left over, and calls that want more
/// say "busy". After SMP, which takes memory for each CPU, and before anything of the guest's is validated.
BootResult build_page_table(Boot& boot) {
    const RamBlocks blocks{guest.ram};
    constexpr std::uint64_t objects_at_launch = 1;  // the first calling area
    const auto least = bytes_for_pages(blocks) + objects_at_launch * sizeof(Region) + 3 * page_bytes;
    if (memory.pages.free_pages() * page_bytes < least) return say_what_is_needed(boot, least);
    const auto states = TRY(make_array<BlockStates>(blocks.count()));
    const auto directory = TRY(make_array<Region*>(blocks.count()));
    const auto affordable = memory.pages.free_pages() / 2 * page_bytes / sizeof(Region);
    const auto wanted = std::uint64_t{blocks.count()}, count = std::min(wanted, affordable);
    if (count < objects_at_launch) return std::unexpected{Termination::OutOfMemory};
    guest.pages.start(boot.region(), blocks, states, directory, TRY(make_array<Region>(count)));
    if (count < wanted)
        log("private pages: table for {} of {} MiB", count * (large_page_bytes >> 20),
            wanted * (large_page_bytes >> 20));
    return {};
}

BootResult start_smp(Boot&) { return smp_init(memory, guest); }

BootResult hand_over_memory(Boot& boot) {
    FixedVector<GpaRange, std::tuple_size_v<decltype(boot.block.guest_segments)> + 1> keep_out;
    bool fits = keep_out.push_back(boot_region);
    for (std::size_t i = 0; i < boot.block.guest_segment_count; ++i) {
        const auto segment = segment_range(boot.block.guest_segments[i]);
        TRY_VOID(grant_loaded_pages(guest.pages, segment, guest.vmpl));
        fits = fits && keep_out.push_back(segment);
    }
    if (!fits) return std::unexpected{Termination::BootBlock};
    const bool pages_stay = boot.block.page_moves == abi::adyton::PageMoves::Forbidden;
    TRY_VOID(prepare_guest_memory({.ram = guest.ram,
                                   .keep_out = {keep_out.begin(), keep_out.size()},
                                   .starts_shared = boot.memory_is_shared(),
                                   .vmpl = guest.vmpl,
                                   .contents = pages_stay ? Contents::Noise : Contents::Zero,
                                   .lines = guest.lines},
                                  guest.pages));
    log("guest memory: {} MiB", guest.ram.bytes() >> 20);
    return {};
}

BootResult fill_boot_region(Boot& boot) {
    const auto plan = boot.boot_region_plan();
    TRY_VOID(build_boot_region(plan, guest.pages, *boot_cpu.vcpu->scratch));
    wipe_secrets(boot.secrets());
    if (!boot.guest_is_linux()) return {};
    return finish_boot_params(plan, boot.block, *boot_cpu.vcpu->scratch);
}

/// After the last page of the guest's was validated, before the guest runs: a host that had moved a page of
/// ours into the guest's memory, with keys in it, is found out.
BootResult find_own_memory_in_place(Boot& boot) { return memory.check_in_place(boot.region()); }

/// Behind the check, which looks at what is mapped: the page has been in its place while the guest's memory
/// was prepared, and if the host takes it later, whoever maps it again meets a fault.
BootResult hide_keys(Boot&) { return memory.hide(memory.linear.va(memory.keys)); }

/// The boot vCPU's first VMSA comes from our own heap, so the guest gets no right on it at all.
BootResult launch_guest(Boot& boot) {
    const auto page = TRY(memory.pages.allocate_for_vmsa());
    auto& vmsa = *memory.linear.object<abi::Vmsa>(page);
    vmsa = abi::Vmsa{};
    if (boot.guest_is_linux())
        fill_linux_vmsa(vmsa, boot.boot_region_plan(), boot.block);
    else
        fill_guest_vmsa(vmsa, boot.boot_region_plan(), boot.block.guest_entry);
    if (!make_vmsa(memory.linear.va(page), abi::Vmpl::Vmpl0)) return std::unexpected{Termination::OwnMemory};
    {
        const ExclusiveGuard lock{guest.lock};
        guest.startup_vmsa = page;
        guest.set_vcpu(*boot_cpu.vcpu, guest.vmpl, page,
                       boot_region_at(abi::adyton::GuestBootLayout::calling_area));
    }
    // CreateOnInit for our own vCPU only tells the hypervisor which VMSA a later RUN_VMPL means.
    const bool accepted = ghcb::ap_create({.request = abi::ApCreationRequest::CreateOnInit,
                                           .apic_id = boot_cpu.apic_id,
                                           .vmpl = guest.vmpl,
                                           .vmsa = page,
                                           .sev_features = guest.sev_features});
    if (!accepted) return std::unexpected{Termination::GuestLaunch};
    log("own memory: {} of {} KiB in use",
        (boot.region().size() - memory.pages.free_pages() * page_bytes) >> 10, boot.region().size() >> 10);
    const std::string_view name{boot.block.guest_name.data()};
    log("launching guest '{}' at VMPL{} on {} vCPUs", name, boot.block.guest_vmpl, guest.vcpu_count);
    return {};
}

BootResult serve(Boot&) { svsm_request_loop(guest, *boot_cpu.vcpu); }

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
    Step{"APIC ids", read_apic_ids},
    Step{"boot CPU", build_boot_cpu},
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
