// SPDX-License-Identifier: MIT
// The machine's start: finds memory and image, starts the CPUs, launches the guest, and lets the CPUs run it.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "abi/adyton/machine_place.hpp"
#include "abi/pvh/start_info.hpp"
#include "abi/x86/pc.hpp"
#include "model/host/adversaries.hpp"
#include "snpemu/boot/options.hpp"
#include "snpemu/cpu/apic.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/apic_id.hpp"
#include "snpemu/host/cpuid_table.hpp"
#include "snpemu/host/division.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/mm/heap.hpp"
#include "snpemu/mm/lazy.hpp"
#include "snpemu/psp/ciphers.hpp"
#include "snpemu/report/report.hpp"
#include "snpemu/silicon/iommu.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"
#include "snpemu/traps/dump_request.hpp"
#include "snpemu/traps/traps.hpp"
#include "snpemu/traps/wait.hpp"

extern "C" char ap_trampoline[], ap_trampoline_end[];
extern "C" std::uint64_t cpu_stacks;  ///< see start.S

namespace snpemu {
namespace {

constexpr std::uint64_t mib = 1ull << 20;
/// Where start.S maps all memory a second time: the machine's view of its guest.
constexpr std::uintptr_t guest_view = 0xffff'8000'0000'0000;
constexpr std::uint64_t trampoline_address = 0x8000;
constexpr std::uint64_t ap_start_ticks = 10'000'000'000;

// QEMU's CPU 0 runs no vCPU. FXRSTOR and similar instructions, executed on any CPU, make QEMU clear a flag of
// CPU 0 without a lock, in the word that also says whether CPU 0 is inside a guest and uses nested paging:
// sooner or later a VMRUN or #VMEXIT of CPU 0 is partly undone. [docs/adr/0013]
constexpr unsigned first_vcpu_cpu = 1;

constinit Machine* machine_of_aps = nullptr;
constinit std::atomic<unsigned> cpus_up{0};
constinit std::atomic<bool> is_launched{false};

/// Copies of start information, whose memory becomes the guest's.
struct BootData {
    Bytes image;
    std::uint64_t image_begin = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t high_ram_bytes = 0;  ///< RAM at 4 GiB and above
    GpaRange far{};                    ///< RAM that the guest has besides, at an address where the machine has none
    GpaRange firmware{};               ///< place of the image's firmware, or empty
    /// A place for which the machine has RAM that no memory map names; or empty.
    [[nodiscard]] GpaRange window() const { return is_firmware_window(firmware) ? firmware : GpaRange{}; }
    std::uint64_t trace_bytes = 0;     ///< memory for the trace, 0 for none
    unsigned cpu_count = 0;            ///< vCPUs
    std::array<char, 512> command_line{};
    [[nodiscard]] std::string_view options() const { return {command_line.data()}; }
};

/// A size that QEMU has written into the battery-backed memory, in units of 64 KiB. [QEMU "pc_cmos_init"]
std::uint64_t read_cmos_size(unsigned first, unsigned bytes) {
    std::uint64_t units = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        cpu::out8(abi::pc::Port::cmos_index, static_cast<std::uint8_t>(first + i));
        units |= std::uint64_t{cpu::in8(abi::pc::Port::cmos_data)} << 8 * i;
    }
    return units << 16;
}

/// Device memory of a PC with firmware begins behind QEMU's RAM, of which the machine's own memory is a part.
PciWindows find_pci_windows() {
    constexpr unsigned behind_16_mib = 0x34, at_4_gib = 0x5b;
    return PciWindows::with_firmware(16 * mib + read_cmos_size(behind_16_mib, 2),
                                     four_gib + read_cmos_size(at_4_gib, 3));
}

/// vCPUs: QEMU's CPUs but for the first.
unsigned count_vcpus() {
    // fw_cfg item 5 is the number of CPUs. [QEMU "fw_cfg"]
    cpu::out16(0x510, 5);
    const unsigned low = cpu::in8(0x511);
    const unsigned cpus = low | static_cast<unsigned>(cpu::in8(0x511)) << 8;
    if (cpus <= first_vcpu_cpu || cpus - first_vcpu_cpu > max_cpus)
        stop("kind=internal what=QEMU-needs-{}-to-{}-CPUs", first_vcpu_cpu + 1, first_vcpu_cpu + max_cpus);
    return cpus - first_vcpu_cpu;
}

/// Two options that are there together, or neither.
std::optional<GpaRange> read_range(std::string_view options, std::string_view begin, std::string_view bytes) {
    const auto at = find_option(options, begin);
    if (!at) return std::nullopt;
    const auto range = GpaRange::make(Gpa{parse_number(*at)}, parse_number(find_option(options, bytes).value_or("")));
    if (!range) stop("kind=internal what=no-range-{}", begin);
    return range;
}

BootData read_start_info(const abi::pvh::StartInfo& info) {
    if (info.magic != abi::pvh::start_magic) stop_internal("not-started-through-PVH");
    BootData data;
    const auto* const line = reinterpret_cast<const char*>(info.command_line);
    for (std::size_t i = 0; line != nullptr && line[i] != 0 && i + 1 < data.command_line.size(); ++i)
        data.command_line[i] = line[i];
    if (info.module_count == 0) stop("kind=bad-image reason=no-image-was-given");
    const auto& module = *reinterpret_cast<const abi::pvh::Module*>(info.modules);
    data.image_begin = module.address;
    data.image = {reinterpret_cast<const std::byte*>(module.address), module.bytes};
    const auto* const map = reinterpret_cast<const abi::pvh::MemoryMapEntry*>(info.memory_map);
    for (std::uint32_t i = 0; i < info.memory_map_entries; ++i)
        if (map[i].type == 1 && map[i].address >= four_gib) data.high_ram_bytes += map[i].bytes;
    data.memory_bytes = parse_number(find_option(data.options(), "memory").value_or(""));
    data.trace_bytes = parse_number(find_option(data.options(), "trace-bytes").value_or(""));
    data.far = read_range(data.options(), "far-gpa", "far-bytes").value_or(GpaRange{});
    data.firmware = read_range(data.options(), "firmware-gpa", "firmware-bytes").value_or(GpaRange{});
    data.cpu_count = count_vcpus();
    return data;
}

/// The bytes that the machine keeps for itself: RMP (1/256), the map from guest to system pages (1/1024),
/// nested tables of four VMPLs under two aliases (1/64), the table of devices (1/512), control blocks, and of
/// each vCPU its stack and blocks. adyton(1) gives QEMU more than that, because the image lies there too.
std::uint64_t reserve_for(std::uint64_t memory_bytes, unsigned cpu_count) {
    constexpr std::uint64_t vcpu_bytes = 64ull << 10;
    return round_up(16 * mib + memory_bytes / 40, mib) + round_down(cpu_count * vcpu_bytes, mib);
}

/// Cuts the guest's memory out of the machine's; the rest below the image is the heap.
Division divide(const BootData& data) {
    const std::uint64_t lent = data.far.size() + data.window().size();
    const auto division = divide_memory(
        {.memory_bytes = data.memory_bytes,
         .high_ram_bytes = data.high_ram_bytes,
         .top = round_down(data.image_begin, large_page_bytes),
         .reserve = reserve_for(data.memory_bytes + lent, data.cpu_count) + data.trace_bytes,
         .far = data.far,
         .firmware = data.window(),
         .svsm = data.window().is_empty() ? GpaRange{} : required_memory(data.image)});
    if (!division) stop("kind=low-memory need={}", division.error());
    heap::init(division->heap, Spa{data.image_begin});
    return *division;
}

/// Neighbours that the memory map names are one range: a page of 2 MiB may lie in both.
GuestRam ram_of(const Division& division) {
    GuestRam ram{.base = reinterpret_cast<std::byte*>(guest_view)};
    bool was_told = false;
    for (const Stretch& each : division.stretches) {
        auto& ranges = ram.ranges;
        const bool goes_on = !ranges.empty() && was_told && each.is_told &&
                             ranges[ranges.size() - 1].end == each.range.begin;
        if (goes_on)
            ranges[ranges.size() - 1].end = each.range.end;
        else
            (void)ranges.push_back(each.range);  // as many fit as there are stretches
        was_told = each.is_told;
    }
    return ram;
}

/// Makes the ROM range writable RAM: operating systems look for tables of firmware there, and a guest
/// without firmware must find memory of its own. The registers PAM0 to PAM6 of the host bridge choose ROM or
/// RAM for each part.
/// [Q35 "PAM"]
void unlock_rom_range() {
    constexpr std::uint32_t pam0 = 0x8000'0090;  // bus 0, device 0, function 0, register 90h
    constexpr std::uint8_t both_halves = 0x33, upper_half = 0x30;
    for (std::uint32_t i = 0; i <= 6; ++i) {
        cpu::out32(abi::pc::Port::pci_address, (pam0 + i) & ~3u);
        cpu::out8(static_cast<std::uint16_t>(abi::pc::Port::pci_data + ((pam0 + i) & 3)),
                  i == 0 ? upper_half : both_halves);
    }
}

CpuidValue native_cpuid(std::uint32_t function, std::uint32_t sub) {
    const auto r = cpu::cpuid(function, sub);
    return {r.eax, r.ebx, r.ecx, r.edx};
}

/// What the host maps at first. A piece for each stretch of RAM that lies apart, so that what lies between needs no
/// table: below the end of low RAM what is not one to one is changed in the first piece.
model::NestedMap make_map(const Division& division) {
    const auto frames_for = [](std::uint64_t bytes) { return lazy::make_array<model::Frame>(bytes / page_bytes); };
    model::NestedMap map{frames_for(division.low_end)};
    Gpa done{0};
    for (const Stretch& each : division.stretches) {
        if (each.range.end.value() > division.low_end) {  // there is room for the three that there may be
            (void)map.add({.begin = each.range.begin, .system = each.system, .frames = frames_for(each.range.size())});
            continue;
        }
        for (Gpa page = done; page < each.range.begin; page = page + page_bytes) map.hide(page);
        done = each.range.end;
        if (each.is_one_to_one()) continue;
        for (Gpa page = each.range.begin; page < done; page = page + page_bytes)
            map.show(page, each.system + (page - each.range.begin));
    }
    return map;
}

/// The first pages of the heap: the RMP has entries for them, and need not be much longer for that.
SpaRange make_spare_pages() {
    constexpr std::uint64_t count = 8;
    const Spa first{reinterpret_cast<std::uintptr_t>(heap::allocate_pages(count))};
    return {first, first + count * page_bytes};
}

/// The C-bit from the command line, the levels of this CPU. Stops the machine when such tables could not tell
/// a private page from a shared one.
NestedShape nested_shape(const BootData& data, const GuestRam& ram) {
    NestedShape shape;
    if (const auto bit = find_option(data.options(), "c-bit"))
        shape.c_bit = static_cast<unsigned>(parse_number(*bit));
    shape.levels = (cpu::read_cr4() & abi::Cr4::la57) != 0 ? 5 : 4;
    if (!shape.can_hold(ram.end().value()))
        stop("kind=c-bit-impossible machine={} levels={} memory={}", shape.c_bit, shape.levels,
             ram.end().value());
    return shape;
}

/// Before the launch: no CPU runs a guest yet, and devices reach all that is for them, which belongs to the host.
void prepare_tables(Machine& m, const Division& division) {
    const LockGuard guard{m.rmp_lock};
    Gpa end{0};
    for (const Stretch& each : division.stretches) {
        if (!each.is_dma) continue;
        m.devices.show(each.range, each.system);
        end = each.range.end;
    }
    if (m.properties.has(HostProperty::StaleLines))
        m.stale = StaleLines{lazy::make_array<std::uint8_t>(end.value() / page_bytes)};
}

std::uint64_t device_root(Machine& m) {
    const LockGuard guard{m.rmp_lock};
    return m.devices.root();
}

void start_trace(Machine& m, std::uint64_t bytes) {
    const trace::Scope scope{bytes, m.cpu_count, m.counts_instructions};
    std::byte* const area = trace::start(scope);
    for (unsigned i = 0; i < m.cpu_count; ++i) m.vcpus[i]->ring = trace::make_ring(scope, area, i);
}

/// Two digits a byte. What is no digit counts as 0: adyton has checked the text.
void read_host_data(std::string_view text, model::psp::HostData& data) {
    for (std::size_t i = 0; i < data.size() && 2 * i + 2 <= text.size(); ++i)
        std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, data[i], 16);
}

/// Which host the machine plays, as the command line says.
void choose_host(Machine& m, const BootData& data) {
    if (const auto name = find_option(data.options(), "adversary")) {
        if (!model::host::add_adversary(m.hooks, *name))
            stop("kind=internal what=unknown-adversary-{}", *name);
    }
    if (const auto name = find_option(data.options(), "host")) {
        const auto host = abi::adyton::parse_host(*name);
        if (!host) stop("kind=internal what=unknown-host-{}", *name);
        m.host = *host;
    }
    if (const auto names = find_option(data.options(), "host-property")) {
        const auto properties = HostProperties::parse(*names);
        if (!properties) stop("kind=internal what=unknown-host-property-{}", *names);
        m.properties = *properties;
        if (properties->has(HostProperty::Milan)) m.amd_sp.known = psp::milan();
        if (properties->has(HostProperty::Report2)) m.amd_sp.report_version = 2;
        if (properties->has(HostProperty::Report5)) m.amd_sp.report_version = 5;
        m.amd_sp.platform.has_smt = !properties->has(HostProperty::SmtOff);
        m.amd_sp.platform.hides_ciphertext = properties->has(HostProperty::CiphertextHiding);
    }
    m.firmware_place = data.firmware;
    m.firmware_window = data.window();
    if (!m.firmware_window.is_empty()) m.pci_windows = find_pci_windows();
    if (const auto text = find_option(data.options(), "host-data")) read_host_data(*text, m.host_data);
    m.lists_pages = find_option(data.options(), "launch-pages").has_value();
    if (const auto mhz = find_option(data.options(), "tsc-mhz"))
        m.tsc_mhz = static_cast<std::uint32_t>(parse_number(*mhz));
    if (const auto rights = find_option(data.options(), "launch-rights"))
        m.launch_rights = static_cast<std::uint8_t>(parse_number(*rights) & abi::Permission::all);
}

Machine& build_machine(const BootData& data) {
    const Division division = divide(data);
    GuestRam ram = ram_of(division);
    const NestedShape shape = nested_shape(data, ram);
    const SpaRange spare = make_spare_pages();
    const Spa end = std::max(spare.end, system_end(division));
    ram.noise = NoiseDebt{lazy::make_array<std::uint64_t>(NoiseDebt::words_for(end))};
    void* const place = heap::allocate_pages(round_up(sizeof(Machine), page_bytes) / page_bytes);
    const auto entries = lazy::make_array<model::RmpEntry>(end.value() / page_bytes);
    Machine& m = *new (place) Machine{ram, {entries, make_map(division)}, spare, shape};
    m.cpu_count = data.cpu_count;
    if (find_option(data.options(), "trace")) trace::log_events();
    choose_host(m, data);
    if (apic_id_of(m.cpu_count - 1, m.properties) >= max_cpus) stop_internal("APIC-ids-beyond-those-of-QEMU");
    m.counts_instructions = silicon::tsc_counts_instructions();
    m.launch_vmsa = &heap::make<abi::Vmsa>();
    prepare_tables(m, division);
    for (unsigned i = 0; i < m.cpu_count; ++i) {
        Vcpu& vcpu = heap::make<Vcpu>();
        m.cpus[i] = m.vcpus[i] = &vcpu;
        vcpu.self = &vcpu;
        vcpu.id = i;
        vcpu.msrs = model::host::PlatformMsrs{i == 0};
        vcpu.apic_id = apic_id_of(i, m.properties);
        using model::host::Field, model::host::Moment;
        const auto lies = m.hooks.due({.moment = Moment::SetsUpVcpu, .vcpu = i, .address = i});
        vcpu.has_invlpgb = lies.applied_to(Field::Invlpgb, 1) != 0;
        vcpu.reported_features = lies.applied_to(Field::Features, 0);
    }
    build_cpuid_page(m.cpuid, native_cpuid,
                     {.cpu_count = m.cpu_count,
                      .c_bit = m.c_bit,
                      .host = m.properties,
                      .has_firmware = !m.firmware_window.is_empty()});
    m.processor = silicon::find_processor();
    silicon::init_intercept_maps();
    if (data.trace_bytes != 0) start_trace(m, data.trace_bytes);
    return m;
}

/// Starts the other CPUs; each prepares itself and sleeps until the launch. Only then does this one leave its id, which
/// may be the one that the last of them has at its start.
void start_cpus(Machine& m) {
    constexpr std::uint64_t stack_pages = 4;  // start.S knows it too
    machine_of_aps = &m;
    cpu_stacks = reinterpret_cast<std::uint64_t>(heap::reserve_pages(m.cpu_count * stack_pages)) -
                 first_vcpu_cpu * stack_pages * page_bytes;
    std::memcpy(reinterpret_cast<void*>(trampoline_address), ap_trampoline,
                static_cast<std::size_t>(ap_trampoline_end - ap_trampoline));
    for (unsigned i = 0; i < m.cpu_count; ++i) {
        apic::send_init(i + first_vcpu_cpu);
        apic::send_startup(i + first_vcpu_cpu, trampoline_address / page_bytes);
    }
    const std::uint64_t begin = cpu::timestamp();
    while (cpus_up < m.cpu_count) {
        if (cpu::timestamp() - begin > ap_start_ticks) stop_internal("a-CPU-of-QEMU-did-not-start");
        cpu::pause();
    }
    apic::take_machine_id();
}

void release_cpus(Machine& m) {
    is_launched = true;
    for (unsigned i = 0; i < m.cpu_count; ++i) kick(*m.cpus[i]);
}

/// More vCPUs than the computer has CPUs would take the launch's time away if they spun.
void sleep_until_launch(LocalCpu& self) {
    for (;;) {
        self.awake = false;
        if (is_launched) return;
        wait_for_nmi(&self.awake);
    }
}

/// The loop of CPU 0 from the launch on. QEMU's monitor sends its NMI to this CPU (LINT1), so that a dump
/// works while guests loop on all the others.
[[noreturn]] void watch(Machine& machine) {
    // Under -icount QEMU runs all CPUs in one thread. That loses no NMI, and ticks disturb the count; but a CPU that
    // waits for another without PAUSE would keep the thread, so there are a few.
    constexpr std::uint32_t tick_ns = 10'000'000, turn_ns = 200'000'000;
    const bool is_one_thread = machine.counts_instructions;
    apic::tick_every(is_one_thread ? turn_ns : tick_ns);
    for (;;) {
        if (is_one_thread)
            end_long_turns(machine);
        else
            repeat_lost_kicks(machine);
        report_refused_dma(machine);
        if (is_stopping()) park();
        if (dump_requested()) stop("kind=nmi");
        cpu::wait_for_interrupt();
    }
}

}  // namespace

extern "C" [[noreturn]] void boot_cpu_main(const abi::pvh::StartInfo& info) {
    // The NMI handler reads the vCPU of its CPU through GS; CPU 0 carries none.
    static constinit LocalCpu no_vcpu;
    no_vcpu.self = &no_vcpu;
    cpu::write_msr(static_cast<std::uint32_t>(abi::Msr::GsBase), reinterpret_cast<std::uint64_t>(&no_vcpu));
    init_traps();
    // QEMU's firmware may have left the 8259s with a request. Masks them first and then the pin at which
    // they arrive: QEMU never withdraws a request through a pin that is masked meanwhile, and delivers it
    // as vector -1.
    cpu::out8(abi::pc::Port::pic_master + 1, 0xff);
    cpu::out8(abi::pc::Port::pic_slave + 1, 0xff);
    apic::init_machine_cpu();
    const std::uint64_t begin = cpu::timestamp();
    const BootData data = read_start_info(info);
    if (!silicon::has_svm()) stop("kind=no-svm");
    if (!psp::has_cpu_for_hash()) stop("kind=no-bmi");
    unlock_rom_range();
    Machine& m = build_machine(data);
    set_machine(m);
    log("machine: {} MiB for the guest, {} CPUs, C-bit {}, image of {} KiB{}", data.memory_bytes / mib,
        m.cpu_count, m.c_bit, data.image.size() / 1024,
        m.counts_instructions ? ", TSC counts instructions" : "");
    const std::uint64_t built = cpu::timestamp();
    start_cpus(m);
    const std::uint64_t all_up = cpu::timestamp();
    launch(m, data.image);
    if (!m.firmware_place.is_empty()) make_firmware_config(m);
    iommu::enable(device_root(m));
    trace::note(*m.vcpus[0], trace::Kind::Launch,
                {.value = m.cpu_count, .a = data.memory_bytes, .b = data.image.size()});
    m.start_ticks = (built - begin) + (cpu::timestamp() - all_up);
    release_cpus(m);
    watch(m);
}

extern "C" [[noreturn]] void ap_main(unsigned qemu_id) {
    Machine& m = *machine_of_aps;
    if (qemu_id - first_vcpu_cpu >= m.cpu_count) stop_internal("APIC-ids-are-not-contiguous");
    Vcpu& vcpu = *m.vcpus[qemu_id - first_vcpu_cpu];
    init_cpu_for_svm(m.processor, vcpu);
    load_traps();
    apic::init_vcpu_cpu(vcpu.apic_id, vcpu.id == 0);
    cpus_up.fetch_add(1);
    sleep_until_launch(vcpu);
    run_vcpu(m, vcpu);
}

}  // namespace snpemu
