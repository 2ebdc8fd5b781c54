// SPDX-License-Identifier: MIT
// The work of hypervisor and AMD-SP before the first VMRUN: the image's pages become guest pages, and the
// machine fills in its own. [SNP-ABI "Guest Launch"] [IGVM]
#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "abi/snp/secrets.hpp"
#include "igvm/reader.hpp"
#include "model/host/launch_order.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/launch_request.hpp"
#include "snpemu/host/madt.hpp"
#include "snpemu/host/memory_map.hpp"
#include "snpemu/host/parameters.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/psp/digest_text.hpp"
#include "snpemu/psp/launch.hpp"

namespace snpemu {
namespace {

using host::Field, host::Moment, psp::DigestText;

constinit Parameters parameters{};

/// Carries out the directives one after the other, in the order of the file; stops the machine at the first
/// one that is refused.
class Launch {
public:
    Launch(Machine& machine, const host::Discards& discards, std::uint64_t policy)
        : machine_{machine}, discards_{discards} {
        const std::uint64_t told =
            machine.hooks.due({.moment = Moment::StartsLaunch}).applied_to(Field::Policy, policy);
        accepted(model::psp::check_policy(told, machine.amd_sp.platform));
        accepted(psp_.start(told));
    }
    /// Directive `at` of the file is next.
    void go_to(std::uint64_t at) { at_ = at; }

    void operator()(const igvm::GuestPolicy& policy) { log("launch: policy 0x{:x}", policy.policy); }
    void operator()(const igvm::RequiredMemory& required) {
        if (!machine_.ram.contains(required.range.begin, required.range.size()))
            stop("kind=low-memory need={}", required.range.end.value());
        machine_.required_memory = machine_.hooks.svsm_memory = required.range;
        tell_of_lost_pages(required.range);
    }
    void operator()(const igvm::PageData& page) {
        const psp::PageType type = type_of(page);
        const Bytes contents = type == psp::PageType::Cpuid ? cpuid_page() : page.data.value_or(Bytes{});
        load(page.gpa, type, contents);
        order_.note_page({page.gpa, page.type, page.unmeasured, page.data.has_value()});
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
            load(insert.gpa + done, psp::PageType::Unmeasured, bytes.subspan(done, page_bytes));
    }
    void operator()(const igvm::VpContext& context) {
        accepted(psp_.update_vmsa(context.vmsa, *machine_.launch_vmsa, machine_.launch_entry));
        tell_of_page(psp::PageType::Vmsa, Gpa{abi::launch_vmsa_gpa});
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

    /// `id_block` may be null.
    void finish(const psp::IdBlockRequest* id_block) {
        accepted(order_.check_end());
        const host::Due lies = machine_.hooks.due({.moment = Moment::FinishesLaunch});
        if (lies.has(host::Act::Omit)) id_block = nullptr;
        static constinit psp::IdBlockRequest told{};  // too large for the stack
        if (id_block != nullptr) {
            told = *id_block;
            spoil(told.block, lies);
            id_block = &told;
        }
        psp::Guest& guest = machine_.amd_sp.guest;
        const auto identity = id_block == nullptr ? model::psp::Identity{} : accepted(psp_.check(*id_block));
        accepted(psp_.finish(identity, machine_.host_data));
        print("% end=1 digest={} policy=0x{:x} pages={} id-block={}", DigestText{guest.measurement},
              guest.policy, psp_.digest().pages(), id_block == nullptr ? 0u : 1u);
        log("launch: {} pages, {} vCPUs", psp_.pages(), machine_.cpu_count);
        log("launch: digest {}", DigestText{guest.measurement});
        if (machine_.counts_instructions)
            log("launch: {} instructions for {} pages", cpu::timestamp() - begin_, psp_.digest().pages());
        if (machine_.lists_pages) stop("kind=launch-listed");
    }

private:
    void require_own_c_bit(const abi::Vmsa& vmsa) const {
        const auto root = host::page_table_root(vmsa, machine_.c_bit);
        if (!root || machine_.ram.contains(*root)) return;
        stop("kind=c-bit image={} machine={}", host::c_bit_in(*root), machine_.c_bit);
    }
    /// They were launched empty: `load` knows them from the walk before.
    void tell_of_lost_pages(GpaRange range) {
        const LockGuard guard{machine_.rmp_lock};
        std::uint64_t lost = 0;
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
            if (machine_.rmp.entry(page).assigned && order_.loses_contents(page)) ++lost;
        if (lost != 0)
            log("launch: required memory names {} pages that were loaded; they are empty now", lost);
    }
    void tell_of_page(psp::PageType type, Gpa page) const {
        if (machine_.lists_pages)
            print("% gpa=0x{:x} type={} digest={}", page, static_cast<unsigned>(type),
                  DigestText{psp_.digest().value()});
    }
    /// A lying host changes the first quadword.
    template <class T>
    static void spoil(T& object, const host::Due& lies) {
        std::uint64_t first;
        std::memcpy(&first, &object, sizeof first);
        first = lies.applied_to(Field::Contents, first);
        std::memcpy(&object, &first, sizeof first);
    }
    /// What a lying host hands over in place of the contents.
    static Bytes spoiled(Bytes contents, const host::Due& lies) {
        static constinit std::array<std::byte, page_bytes> page{};
        if (lies.applied_to(Field::Contents, 0) == 0) return contents;
        page.fill(std::byte{0});
        std::ranges::copy(contents, page.begin());
        spoil(page, lies);
        return page;
    }
    /// In a launch that starts the SVSM at VMPL1 (a lie) the pages must be reachable, or the SVSM
    /// would not get as far as its own check. LAUNCH_UPDATE gives the rights that the host asks for.
    /// [SNP-ABI "SNP_LAUNCH_UPDATE"]
    void load(Gpa page, psp::PageType type, Bytes contents) {
        const host::Due lies = machine_.hooks.due({.moment = Moment::LoadsPage, .address = page.value()});
        if (lies.has(host::Act::Omit)) return;
        if (lies.has(host::Act::Delay)) {
            delayed_ = {page, type, contents};
            return;
        }
        if (discards_.lose(page, at_)) contents = {};
        const auto lower = static_cast<std::uint8_t>(lies.applied_to(Field::Rights, machine_.launch_rights));
        const auto launched =
            accepted(psp_.update(page, type, spoiled(contents, lies), {lower, lower, lower}));
        tell_of_page(type, page);
        if (type == psp::PageType::Secrets) note_secrets(page, launched);
        if (const auto next = std::exchange(delayed_, std::nullopt))
            load(next->page, next->type, next->contents);
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
    const host::Discards& discards_;
    psp::Launch psp_{machine_, machine_.amd_sp.guest};
    host::LaunchOrder order_;
    std::uint64_t at_ = 0;
    /// What a lying host loads behind the page that comes next.
    struct Delayed {
        Gpa page;
        psp::PageType type;
        Bytes contents;
    };
    std::optional<Delayed> delayed_;
    const std::uint64_t begin_ = cpu::timestamp();
};

/// Calls `step` with the number and the directive, in the order of the file.
template <class Step>
void for_each_numbered(const igvm::File& file, Step step) {
    std::uint64_t at = 0;
    file.for_each([&](const igvm::Directive& directive) {
        step(at++, directive);
        return true;
    });
}

/// What the directives that require memory will do to pages before them.
host::Discards discards_of(const igvm::File& file) {
    host::Discards discards;
    host::LaunchOrder order;
    for_each_numbered(file, [&](std::uint64_t at, const igvm::Directive& directive) {
        if (const auto* page = std::get_if<igvm::PageData>(&directive))
            order.note_page({page->gpa, page->type, page->unmeasured, page->data.has_value()});
        if (const auto* required = std::get_if<igvm::RequiredMemory>(&directive))
            accepted(discards.add(at, required->range, order));
    });
    return discards;
}

}  // namespace

GpaRange required_memory(Bytes image) {
    GpaRange found{};
    if (const auto file = igvm::File::open(image))
        file->for_each([&](const igvm::Directive& directive) {
            if (const auto* required = std::get_if<igvm::RequiredMemory>(&directive)) found = required->range;
            return true;
        });
    return found;
}

void launch(Machine& machine, Bytes image) {
    const igvm::File file = accepted(igvm::File::open(image));
    const host::Discards discards = discards_of(file);
    Launch steps{machine, discards, policy_of(file)};
    for_each_numbered(file, [&](std::uint64_t at, const igvm::Directive& directive) {
        steps.go_to(at);
        std::visit(steps, directive);
    });
    steps.finish(id_block_of(file));
}

}  // namespace snpemu
