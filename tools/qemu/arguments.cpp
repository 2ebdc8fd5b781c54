// SPDX-License-Identifier: MIT
#include "tools/qemu/arguments.hpp"

#include "base/address.hpp"

namespace tools::run {
namespace {

namespace fs = std::filesystem;

/// Not offered by QEMU's translator, which would say so in a warning each. CX16 is worse: QEMU 7.2's
/// CMPXCHG16B leaves garbage in the flags. UMIP is translated, but not in the model.
constexpr std::string_view cpu_features =
    "-rdseed,-sha-ni,-fxsr-opt,-misalignsse,-3dnowprefetch,-osvw,-topoext,-nrip-save,-xsavec,-cx16,+umip";

/// Physical addresses must have room for the C-bit, and nested tables a level for it: those of four levels
/// ignore what lies beyond bit 47, and private and shared memory would be one (docs/adr/0039).
constexpr std::string_view address_features(unsigned c_bit) {
    return c_bit < 48 ? "-la57,phys-bits=48" : "+la57,phys-bits=52";
}

unsigned c_bit_of(const Options& options) { return options.c_bit.value_or(default_c_bit); }

constexpr std::uint64_t mebibyte = 1 << 20;

std::string descriptor(std::string_view id, int fd) {
    return formatted("file,id={},path=/dev/fd/{}", id, fd);
}

/// A socket where somebody types, a file otherwise.
std::string console_line(const Options& options) {
    const bool is_interactive = options.linux_guest && options.linux_guest->interactive;
    return is_interactive ? formatted("socket,id=console,fd={}", QemuFds::console)
                          : descriptor("console", QemuFds::console);
}

std::string machine_arguments(const Options& options) {
    std::string text = formatted("memory={} c-bit={}", options.memory, c_bit_of(options));
    if (!options.adversary.empty()) text += " adversary=" + options.adversary;
    if (!options.host.empty()) text += " host=" + options.host;
    if (!options.host_properties.empty()) text += " host-property=" + options.host_properties;
    if (options.verbose) text += " trace";
    if (options.trace) text += formatted(" trace-bytes={}", options.trace_bytes);
    return text;
}

std::string translator(const Options& options) {
    const bool is_single = options.deterministic || options.threads == Threads::Single;
    return is_single ? "tcg,thread=single" : "tcg,thread=multi";
}

std::string plugin_arguments(const count::Request& request) {
    std::string text = formatted("file={},low={:#x},high={:#x},out=/dev/fd/{}", request.plugin.string(),
                                 request.low, request.high, QemuFds::counts);
    if (!request.functions.empty()) text += formatted(",functions=/dev/fd/{}", QemuFds::functions);
    return text;
}

std::vector<std::string> joined(std::vector<std::string> list, const std::vector<QemuOption>& pairs) {
    for (const auto& [option, value] : pairs) {
        list.emplace_back(option);
        list.push_back(value);
    }
    return list;
}

void add_devices(std::vector<QemuOption>& to, const LinuxOptions& options) {
    if (options.has_disk()) add_disk(to, QemuFds::disk);
    for (std::size_t i = 0; i < options.disks.size(); ++i) add_disk(to, options.disks[i], i);
    if (options.net) add_net(to, *options.net);
}

std::string memory_backend(const Options& options, std::uint64_t mebibytes) {
    // A file of ours, so that what the machine recorded outlives QEMU whatever becomes of it (docs/adr/0021).
    if (options.trace)
        return formatted("memory-backend-file,id=memory,share=on,mem-path=/dev/fd/{},size={}M",
                         QemuFds::memory, mebibytes);
    // Not reserved: a guest with more memory than the computer has is fine, as long as it does not touch all
    // of it.
    return formatted("memory-backend-ram,id=memory,reserve=off,size={}M", mebibytes);
}

}  // namespace

std::uint64_t qemu_memory_bytes(const Options& options, std::uint64_t image_bytes) {
    // The machine keeps its own code, its table of pages and the image in the memory that we add.
    const std::uint64_t own =
        32 * mebibyte + round_up(options.memory / 32, mebibyte) + round_up(image_bytes, mebibyte);
    return options.memory + own + (options.trace ? options.trace_bytes : 0);
}

std::vector<std::string> qemu_arguments(const Options& options, const fs::path& snpemu,
                                        std::uint64_t image_bytes) {
    if (options.plain_linux) return plain_arguments(options);
    std::vector<QemuOption> pairs{
        {"-machine", "q35,smm=off,memory-backend=memory"},
        {"-cpu", formatted("{},{},{}", options.qemu_cpu, cpu_features, address_features(c_bit_of(options)))},
        // One more than vCPUs: the machine keeps QEMU's first CPU free of guests (docs/adr/0013).
        {"-smp", std::to_string(options.cpus + 1)},
        {"-m", formatted("{}M", qemu_memory_bytes(options, image_bytes) / mebibyte)},
        {"-display", "none"},
        {"-vga", "none"},
        {"-nic", "none"},
        // Behind it all devices, which so reach only what the machine lets them (docs/adr/0032).
        {"-device", "intel-iommu,intremap=off"},
        // Without it a virtio device, also one of --device, would go round the IOMMU.
        {"-global", "virtio-device.iommu_platform=on"},
        {"-kernel", snpemu.string()},
        {"-initrd", formatted("/dev/fd/{}", QemuFds::image)},
        {"-append", machine_arguments(options)},
        {"-chardev", console_line(options)},
        {"-serial", "chardev:console"},
        {"-chardev", descriptor("machine", QemuFds::machine)},
        {"-device", "isa-debugcon,iobase=0xe9,chardev=machine"},
        {"-chardev", "stdio,id=monitor,signal=off"},
        {"-mon", "chardev=monitor"},
        {"-device", "isa-debug-exit,iobase=0xf4,iosize=4"},
        {"-accel", translator(options)},
    };
    pairs.emplace_back("-object",
                       memory_backend(options, qemu_memory_bytes(options, image_bytes) / mebibyte));
    if (options.linux_guest) add_devices(pairs, *options.linux_guest);
    for (const std::string& device : options.devices) pairs.emplace_back("-device", device);
    // One instruction is one tick, and nothing else moves the clock.
    if (options.deterministic) {
        pairs.emplace_back("-icount", "shift=0,sleep=off");
        pairs.emplace_back("-seed", "1");
        pairs.emplace_back("-rtc", "base=2026-01-01T00:00:00,clock=vm");
    }
    if (options.count) pairs.emplace_back("-plugin", plugin_arguments(*options.count));
    if (options.gdb) {
        pairs.emplace_back("-chardev", formatted("socket,id=gdb,fd={}", QemuFds::gdb));
        pairs.emplace_back("-gdb", "chardev:gdb");
    }
    std::vector<std::string> list{"-nodefaults", "-no-user-config", "-no-reboot"};
    if (options.gdb) list.emplace_back("-S");
    return joined(std::move(list), pairs);
}

std::vector<std::string> plain_arguments(const Options& options) {
    return joined({"-nodefaults", "-no-user-config", "-no-reboot"},
                  {{"-machine", "q35,smm=off"},
                   {"-cpu", formatted("{},{},{},-svm", options.qemu_cpu, cpu_features,
                                      address_features(default_c_bit))},
                   {"-smp", std::to_string(options.cpus)},
                   {"-m", formatted("{}M", options.memory / mebibyte)},
                   {"-display", "none"},
                   {"-vga", "none"},
                   {"-nic", "none"},
                   {"-kernel", formatted("/dev/fd/{}", QemuFds::image)},
                   {"-initrd", formatted("/dev/fd/{}", QemuFds::disk)},
                   {"-append", options.plain_linux.value_or("")},
                   {"-chardev", descriptor("console", QemuFds::console)},
                   {"-serial", "chardev:console"},
                   {"-chardev", "stdio,id=monitor,signal=off"},
                   {"-mon", "chardev=monitor"},
                   {"-accel", translator(options)}});
}

}  // namespace tools::run
