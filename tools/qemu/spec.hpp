// SPDX-License-Identifier: MIT
// The specification of one QEMU. Everything here is on its command line or in a descriptor that it inherits.
// The words that a person typed, and a command's further work with a run, are not here.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "tools/count/request.hpp"
#include "tools/qemu/cpu_features.hpp"
#include "tools/qemu/devices.hpp"

namespace tools::qemu {

/// On how many threads QEMU executes its CPUs: one for all, or one for each.
enum class Threads { Single, Multi };

/// The guest's console: output only, or with input.
enum class Console { Output, Dialogue };

/// A file of the firmware configuration.
struct ConfigFile {
    std::string name;
    Bytes contents;
};

/// snpemu, and the image that it launches.
struct SnpMachine {
    std::filesystem::path snpemu;                  ///< an ELF file
    Bytes image;                                   ///< IGVM
    unsigned c_bit = 0;                            ///< what the image was built for
    std::string adversary, host, host_properties;  ///< words for the machine; empty: its defaults
    std::uint8_t launch_rights = 0;                ///< of VMPL1 to 3 in launched pages (abi::Permission)
    std::optional<GpaRange> firmware{};            ///< place that it tells the image; empty: it tells none
    std::vector<ConfigFile> config{};              ///< what the guest's firmware finds beside the machine's own
    std::optional<GpaRange> far_memory{};          ///< RAM that the guest has besides, at 512 GiB or above
    std::string host_data;                         ///< 64 hexadecimal digits for reports; empty: zeros
    std::uint32_t tsc_mhz = 0;                     ///< that guests with Secure TSC read; 0: none has it
    bool lists_pages = false;                      ///< it tells each page of the launch, and runs no guest
    bool logs = false;                             ///< it logs on its channel
    std::uint64_t trace_bytes = 0;                 ///< memory for its records; 0: it makes none
};

/// QEMU's own computer and a Linux kernel: no machine and no SVSM, for comparison.
struct PlainLinux {
    Bytes kernel, initrd;
    std::string command_line;
    Bytes firmware{};  ///< that starts the kernel; empty: QEMU's own
};

struct Debugger {
    std::uint16_t port = 0;               ///< where gdb finds the machine; 0: any that is free
    std::uint64_t first_instruction = 0;  ///< where the machine waits for it: entry of the SVSM
};

struct Spec {
    std::filesystem::path program;  ///< QEMU
    std::variant<SnpMachine, PlainLinux> boots{};
    std::string cpu_model = "EPYC";
    CpuFeatures cpu_features{};
    unsigned cpus = 1;         ///< the guest's
    std::uint64_t memory = 0;  ///< bytes, the guest's
    Threads threads = Threads::Multi;
    bool deterministic = false;  ///< one instruction is one tick, on one thread
    unsigned seed = 1;           ///< of random numbers; only with `deterministic`
    Console console = Console::Output;
    Bytes disk{};                        ///< contents of a disk whose changes are lost; empty: none
    std::string disk_serial{};           ///< of that disk, which is then behind the user's; empty: it is the first
    std::vector<Disk> disks{};           ///< the user's, in the order of their names
    std::optional<int> out_disk{};       ///< descriptor of a file that is one more disk, behind the user's
    std::optional<std::string> net{};    ///< a network card, see `parse_net`
    std::vector<std::string> devices{};  ///< more of QEMU's, as its -device takes them
    std::optional<int> memory_file{};    ///< descriptor of the file that is the memory, when there is a trace
    std::optional<count::Request> count{};  ///< count the SVSM's instructions; only with `deterministic`
    std::optional<Debugger> debugger{};
};

}  // namespace tools::qemu
