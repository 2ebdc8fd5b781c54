// SPDX-License-Identifier: MIT
#include "tools/qemu/arguments.hpp"

#include "tools/qemu/memory.hpp"

namespace tools::qemu {
namespace {

/// Not offered by QEMU's translator, which would say so in a warning each; and MPX, whose registers a VMSA
/// has no place for. UMIP is translated, but not in the model.
constexpr std::string_view cpu_features =
    "-rdseed,-sha-ni,-fxsr-opt,-misalignsse,-3dnowprefetch,-osvw,-topoext,-nrip-save,-xsavec,-mpx,+umip";

/// Physical addresses must have room for the C-bit, and nested tables a level for it: those of four levels
/// ignore what lies beyond bit 47, and private and shared memory would be one (docs/adr/0039).
constexpr std::string_view five_levels = "+la57,phys-bits=52", four_levels = "-la57,phys-bits=48";
constexpr std::string_view address_features(unsigned c_bit) { return c_bit < 48 ? four_levels : five_levels; }

std::string cpu(const Spec& spec, std::string_view address) {
    return formatted("{},{}{},{}", spec.cpu_model, cpu_features, cpu_words(spec.cpu_features), address);
}

std::string translator(const Spec& spec) {
    const bool is_single = spec.deterministic || spec.threads == Threads::Single;
    return is_single ? "tcg,thread=single" : "tcg,thread=multi";
}

/// A socket where somebody types, a file otherwise.
std::string console_line(const Spec& spec) {
    return spec.console == Console::Dialogue ? formatted("socket,id=console,fd={}", Fds::console)
                                             : descriptor("console", Fds::console);
}

std::string machine_words(const Spec& spec, const SnpMachine& machine) {
    std::string text = formatted("memory={} c-bit={}", spec.memory, machine.c_bit);
    if (!machine.adversary.empty()) text += " adversary=" + machine.adversary;
    if (!machine.host.empty()) text += " host=" + machine.host;
    if (!machine.host_properties.empty()) text += " host-property=" + machine.host_properties;
    if (machine.launch_rights != 0) text += formatted(" launch-rights={}", machine.launch_rights);
    if (machine.firmware)
        text += formatted(" firmware-gpa={} firmware-bytes={}", machine.firmware->begin.value(),
                          machine.firmware->size());
    if (machine.far_memory)
        text += formatted(" far-gpa={} far-bytes={}", machine.far_memory->begin.value(), machine.far_memory->size());
    if (!machine.host_data.empty()) text += " host-data=" + machine.host_data;
    if (machine.tsc_mhz != 0) text += formatted(" tsc-mhz={}", machine.tsc_mhz);
    if (machine.lists_pages) text += " launch-pages";
    if (machine.logs) text += " trace";
    if (machine.trace_bytes != 0) text += formatted(" trace-bytes={}", machine.trace_bytes);
    return text;
}

std::string plugin_parts(const count::Request& request) {
    std::string text = formatted("file={},low={:#x},high={:#x},out=/dev/fd/{}", part(request.plugin.string()),
                                 request.low, request.high, Fds::counts);
    if (request.counts_all) text += ",all=on";
    if (!request.functions.empty()) text += formatted(",functions=/dev/fd/{}", Fds::functions);
    return text;
}

/// The computer, up to its programs.
void add_computer(Options& to, const Spec& spec, const SnpMachine& machine) {
    to.emplace_back("-machine", "q35,smm=off,memory-backend=memory");
    to.emplace_back("-cpu", cpu(spec, address_features(machine.c_bit)));
    // One more than vCPUs: the machine keeps QEMU's first CPU free of guests (docs/adr/0013).
    to.emplace_back("-smp", std::to_string(spec.cpus + 1));
    to.emplace_back("-m", formatted("{}M", memory_bytes(spec) / mebibyte));
    to.emplace_back("-display", "none");
    to.emplace_back("-vga", "none");
    to.emplace_back("-nic", "none");
    // Behind it all devices, which so reach only what the machine lets them (docs/adr/0032).
    to.emplace_back("-device", "intel-iommu,intremap=off");
    // Without it a virtio device, also one of --device, would go round the IOMMU.
    to.emplace_back("-global", "virtio-device.iommu_platform=on");
    to.emplace_back("-kernel", machine.snpemu.string());
    to.emplace_back("-initrd", formatted("/dev/fd/{}", Fds::image));
    to.emplace_back("-append", machine_words(spec, machine));
    for (std::size_t i = 0; i < machine.config.size(); ++i)
        to.emplace_back("-fw_cfg", formatted("name={},file=/dev/fd/{}", part(machine.config[i].name),
                                             Fds::config + static_cast<int>(i)));
}

/// What we hear from, and what executes.
void add_channels(Options& to, const Spec& spec, const SnpMachine& machine) {
    to.emplace_back("-chardev", console_line(spec));
    to.emplace_back("-serial", "chardev:console");
    to.emplace_back("-chardev", descriptor("machine", Fds::machine));
    to.emplace_back("-device", "isa-debugcon,iobase=0xe9,chardev=machine");
    to.emplace_back("-chardev", "stdio,id=monitor,signal=off");
    to.emplace_back("-mon", "chardev=monitor");
    to.emplace_back("-device", "isa-debug-exit,iobase=0xf4,iosize=4");
    to.emplace_back("-accel", translator(spec));
    to.emplace_back("-object", memory_backend(machine, memory_bytes(spec)));
}

void add_devices(Options& to, const Spec& spec) {
    if (!spec.disk.empty() && spec.disk_serial.empty()) add_disk(to, Fds::disk, "");
    for (std::size_t i = 0; i < spec.disks.size(); ++i) add_disk(to, spec.disks[i], i);
    if (!spec.disk.empty() && !spec.disk_serial.empty()) add_disk(to, Fds::disk, spec.disk_serial);
    if (spec.out_disk) add_out_disk(to, Fds::out_disk);
    if (spec.net) add_net(to, *spec.net);
    for (const std::string& device : spec.devices) to.emplace_back("-device", device);
}

/// What looks at the machine from outside, and the clock that makes two runs one.
void add_instruments(Options& to, const Spec& spec) {
    // One instruction is one tick, and nothing else moves the clock.
    if (spec.deterministic) {
        to.emplace_back("-icount", "shift=0,sleep=off");
        to.emplace_back("-seed", std::to_string(spec.seed));
        to.emplace_back("-rtc", "base=2026-01-01T00:00:00,clock=vm");
    }
    if (spec.count) to.emplace_back("-plugin", plugin_parts(*spec.count));
    if (!spec.debugger) return;
    to.emplace_back("-chardev", formatted("socket,id=gdb,fd={}", Fds::gdb));
    to.emplace_back("-gdb", "chardev:gdb");
}

Options options_of(const Spec& spec, const SnpMachine& machine) {
    Options options;
    add_computer(options, spec, machine);
    add_channels(options, spec, machine);
    add_devices(options, spec);
    add_instruments(options, spec);
    return options;
}

Options options_of(const Spec& spec, const PlainLinux& plain) {
    Options options{{"-machine", "q35,smm=off"},
                    {"-cpu", cpu(spec, four_levels) + ",-svm"},
                    {"-smp", std::to_string(spec.cpus)},
                    {"-m", formatted("{}M", spec.memory / mebibyte)},
                    {"-display", "none"},
                    {"-vga", "none"},
                    {"-nic", "none"},
                    {"-kernel", formatted("/dev/fd/{}", Fds::kernel)},
                    {"-initrd", formatted("/dev/fd/{}", Fds::initrd)},
                    {"-append", plain.command_line},
                    {"-chardev", descriptor("console", Fds::console)},
                    {"-serial", "chardev:console"},
                    {"-chardev", "stdio,id=monitor,signal=off"},
                    {"-mon", "chardev=monitor"},
                    {"-accel", translator(spec)}};
    if (!plain.firmware.empty()) options.emplace_back("-bios", formatted("/dev/fd/{}", Fds::firmware));
    add_instruments(options, spec);
    return options;
}

}  // namespace

std::vector<std::string> arguments(const Spec& spec) {
    std::vector<std::string> list{"-nodefaults", "-no-user-config", "-no-reboot"};
    if (spec.debugger) list.emplace_back("-S");
    const Options options =
        std::visit([&](const auto& boots) { return options_of(spec, boots); }, spec.boots);
    for (const auto& [name, value] : options) {
        list.emplace_back(name);
        list.push_back(value);
    }
    return list;
}

}  // namespace tools::qemu
