// SPDX-License-Identifier: MIT
// What hypervisor and AMD-SP do before the first VMRUN: the image's pages become guest pages, the machine
// fills in its own. [SNP-ABI "Guest Launch"] [IGVM]
#include <cstring>

#include "abi/snp/secrets.hpp"
#include "igvm/parameter_areas.hpp"
#include "igvm/reader.hpp"
#include "model/host/launch_order.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/madt.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/log/stop.hpp"

namespace snpemu {
namespace {

using host::Field, host::Moment;

constexpr std::uint32_t secrets_version = 3;

[[noreturn]] void bad_image(std::string_view reason) { stop("kind=bad-image reason={}", OneWord{reason}); }

/// What the host writes for the guest, until PARAMETER_INSERT copies it there. The file has been checked, so
/// every parameter has its area; how much the host writes is another question.
class Parameters {
public:
    void declare(const igvm::ParameterArea& area) { sound(areas_.declare(area)); }
    /// From a parameter's place to the end of its area.
    std::span<std::byte> at(const abi::igvm::Parameter& where, std::uint64_t bytes) {
        return part(sound(areas_.find(where, bytes)));
    }
    template <class T>
    void put(const abi::igvm::Parameter& where, const T& value) {
        std::memcpy(at(where, sizeof value).data(), &value, sizeof value);
    }
    std::span<const std::byte> insert(std::uint32_t index) { return part(sound(areas_.insert(index))); }

private:
    template <class T>
    static T sound(std::expected<T, igvm::Error> result) {
        if (!result) bad_image(igvm::describe(result.error()));
        if constexpr (!std::is_void_v<T>) return *result;
    }
    std::span<std::byte> part(igvm::ParameterAreas::Place place) {
        return std::span{bytes_}.subspan(place.offset, place.bytes);
    }
    igvm::ParameterAreas areas_;
    alignas(8) std::array<std::byte, igvm::max_parameter_bytes> bytes_{};
};
constinit Parameters parameters{};

/// Ends the launch at the first directive that makes no sense.
void require(const std::expected<void, host::BadImage>& judged) {
    if (!judged) bad_image(host::describe(judged.error()));
}

std::uint64_t random_quadword() {
    unsigned long long value = 0;
    std::uint8_t ok = 0;
    for (int tries = 0; tries < 100 && ok == 0; ++tries)
        asm volatile("rdrand %0\n setc %1" : "=r"(value), "=qm"(ok));
    if (ok == 0) stop_internal("RDRAND gives no numbers");
    return value;
}

/// One launched page: contents, then RMP (validated, VMPL0 only).
std::byte* launch_page(Machine& machine, Gpa page) {
    const bool is_ram = machine.ram.contains(page, page_bytes);
    require(host::LaunchOrder::check_page(page, is_ram, is_ram && machine.rmp.entry(page).assigned));
    machine.rmp.launch(page, false);
    machine.devices.hide({page, page + page_bytes});
    // On an emulated VMPL1 start the pages must be reachable, or the SVSM would not get as far as its own
    // check. LAUNCH_UPDATE gives such rights as the host likes. [SNP-ABI "SNP_LAUNCH_UPDATE"]
    const host::Due lies = machine.hooks.due({.moment = Moment::LoadsPage, .address = page.value()});
    for (std::uint8_t& rights : machine.rmp.entry(page).permissions)
        rights = static_cast<std::uint8_t>(lies.applied_to(Field::Rights, rights));
    return static_cast<std::byte*>(std::memset(machine.through_rmp().find(page), 0, page_bytes));
}

/// Carries out the directives one after the other, in the order of the file; stops the machine at the first
/// that makes no sense.
class Launch {
public:
    explicit Launch(Machine& machine) : machine_{machine} {}

    void operator()(const igvm::GuestPolicy& policy) { log("launch: policy 0x{:x}", policy.policy); }
    void operator()(const igvm::RequiredMemory& required) {
        if (!machine_.ram.contains(required.range.begin, required.range.size()))
            stop("kind=low-memory need={}", required.range.end.value());
        machine_.required_memory = machine_.hooks.svsm_memory = required.range;
        discard(required.range);
    }
    void operator()(const igvm::PageData& page) {
        std::byte* const at = launch_page(machine_, page.gpa);
        order_.note_page({page.gpa, page.type, page.unmeasured, page.data.has_value()});
        switch (page.type) {
            case abi::igvm::PageDataType::Normal:
                if (page.data) std::memcpy(at, page.data->data(), page.data->size());
                break;
            case abi::igvm::PageDataType::Secrets:
                machine_.secrets_page = page.gpa;
                fill_secrets(at);
                break;
            case abi::igvm::PageDataType::CpuidData:
            case abi::igvm::PageDataType::CpuidXf: fill_cpuid(at); break;
        }
        ++pages_;
    }
    void operator()(const igvm::ParameterArea& area) { parameters.declare(area); }
    void operator()(const igvm::VpCount& count) { parameters.put(count.at, machine_.cpu_count); }
    void operator()(const igvm::Madt& madt) {
        require(host::LaunchOrder::check_cpu_list(
            write_madt(parameters.at(madt.at, 0), machine_.cpu_count, machine_.properties)));
    }
    void operator()(const igvm::EnvironmentInfo& info) {
        parameters.put(info.at, abi::igvm::Environment::memory_is_shared);
    }
    void operator()(const igvm::MemoryMap& map) { put_memory_map(map.at); }
    void put_memory_map(abi::igvm::Parameter at) {
        const auto& ranges = machine_.ram.ranges;
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            GpaRange range = ranges[i];
            // One entry over the legacy hole, as in QEMU's own map.
            if (i == 0 && machine_.properties.has(HostProperty::E820Hole)) range.end = ranges[++i].end;
            // The lie: what follows this point of the SVSM's own memory is said not to exist.
            const host::Due lies = machine_.hooks.due(
                {.moment = Moment::DescribesMemory, .address = range.begin.value(), .bytes = range.size()});
            const Gpa svsm = machine_.required_memory.begin;
            if (!lies.empty()) range.end = svsm + lies.applied_to(Field::End, range.end - svsm);
            parameters.put(at, abi::igvm::MemoryMapEntry{
                                   range.begin.value() / page_bytes, range.size() / page_bytes,
                                   static_cast<std::uint16_t>(abi::igvm::MemoryType::Memory), 0, 0});
            at.byte_offset += sizeof(abi::igvm::MemoryMapEntry);
        }
        parameters.put(at, abi::igvm::MemoryMapEntry{});
    }
    void operator()(const igvm::ParameterInsert& insert) {
        const auto bytes = parameters.insert(insert.index);
        for (std::uint64_t done = 0; done < bytes.size(); done += page_bytes)
            std::memcpy(launch_page(machine_, insert.gpa + done), &bytes[done], page_bytes);
    }
    void operator()(const igvm::VpContext& context) {
        std::memcpy(machine_.launch_vmsa, context.vmsa.data(), sizeof(abi::Vmsa));
        require_own_c_bit(*machine_.launch_vmsa);
        machine_.launch_entry = {.assigned = true, .validated = true, .vmsa = true};
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

    void finish() const {
        require(order_.check_end());
        log("launch: {} pages, {} vCPUs", pages_, machine_.cpu_count);
    }

private:
    void require_own_c_bit(const abi::Vmsa& vmsa) const {
        const auto root = host::page_table_root(vmsa, machine_.c_bit);
        if (!root || machine_.ram.contains(*root)) return;
        stop("kind=c-bit image={} machine={}", host::c_bit_in(*root), machine_.c_bit);
    }
    /// The pages that REQUIRED_MEMORY empties. [host::LaunchOrder::loses_contents]
    void discard(GpaRange range) {
        std::uint64_t lost = 0;
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes) {
            if (!machine_.rmp.entry(page).assigned || !order_.loses_contents(page)) continue;
            std::memset(machine_.through_rmp().find(page), 0, page_bytes);
            ++lost;
        }
        if (lost != 0)
            log("launch: required memory names {} pages that were loaded; they are empty now", lost);
    }
    void fill_secrets(std::byte* at) {
        auto& secrets = *reinterpret_cast<abi::SecretsPage*>(at);
        secrets.version = static_cast<std::uint32_t>(
            machine_.hooks.due({.moment = Moment::FillsSecrets, .address = machine_.secrets_page.value()})
                .applied_to(Field::Version, secrets_version));
        secrets.fms = cpu::cpuid(1).eax;
        for (auto& key : secrets.vmpck)
            for (std::size_t i = 0; i < sizeof key; i += 8) {
                const std::uint64_t value = random_quadword();
                std::memcpy(&key[i], &value, sizeof value);
            }
    }
    void fill_cpuid(std::byte* at) {
        auto& page = *reinterpret_cast<abi::CpuidPage*>(at);
        page = machine_.cpuid;
        const host::Due lies = machine_.hooks.due({.moment = Moment::FillsCpuid});
        page.count = static_cast<std::uint32_t>(lies.applied_to(Field::Count, page.count));
        const std::uint64_t c_bit = lies.applied_to(Field::CBit, machine_.c_bit);
        for (abi::CpuidEntry& e : page.entries)
            if (e.eax_in == abi::CpuidSev::function)
                e.ebx = static_cast<std::uint32_t>(abi::CpuidSev::CBit::set(e.ebx, c_bit));
    }

    Machine& machine_;
    host::LaunchOrder order_;
    std::uint64_t pages_ = 0;
};

}  // namespace

void launch(Machine& machine, Bytes image) {
    const auto file = igvm::File::open(image);
    if (!file) bad_image(igvm::describe(file.error()));
    Launch steps{machine};
    file->for_each([&](const igvm::Directive& directive) {
        std::visit(steps, directive);
        return true;
    });
    steps.finish();
}

}  // namespace snpemu
