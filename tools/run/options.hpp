// SPDX-License-Identifier: MIT
// What `adyton run` was asked to do, checked.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/count/request.hpp"
#include "tools/qemu/devices.hpp"
#include "tools/qemu/find.hpp"
#include "tools/support/problem.hpp"

namespace tools::run {

inline constexpr unsigned max_cpus = 16;
/// The SVSM's region ends at 136 MiB, and a guest wants to own something too.
inline constexpr std::uint64_t least_memory = 160ull << 20;

/// Memory of the trace unless --trace-size says otherwise: some 1.6 million records.
inline constexpr std::uint64_t default_trace_bytes = 64ull << 20;

/// Where the machine has the C-bit unless image or user say otherwise. Current processors have 51, for which
/// QEMU needs nested tables of five levels.
inline constexpr unsigned default_c_bit = 47;

/// The region may grow into the memory that every guest is sure to have.
inline constexpr std::uint64_t least_svsm_bytes = 512ull << 10, most_svsm_bytes = 128ull << 20;

/// The guest with this name is a kernel, not a program of this build.
inline constexpr std::string_view linux_guest_name = "linux";
inline constexpr std::uint64_t linux_default_memory = 1ull << 30;
inline constexpr double linux_default_timeout = 300;
inline constexpr double longest_timeout = 7 * 24 * 3600;  ///< nobody hurries a person

/// What `run linux` takes in addition.
struct LinuxOptions {
    std::optional<std::filesystem::path> kernel, initrd;  ///< those of the distribution unless given
    std::optional<std::filesystem::path> loader;          ///< a program that runs before the kernel
    std::string append;                                   ///< behind our own command line
    std::string release;                                  ///< of Debian, where the kernel comes from
    std::vector<Disk> disks;                              ///< in the order of their names
    std::optional<std::string> net;                       ///< a network card, see `parse_net`
    bool interactive = false;                             ///< a shell instead of the checks
    bool is_repeatable = false;                           ///< nothing may depend on the host's clock
    bool only_boots = false;               ///< our init says that it runs (`init_mark`) and powers off
    std::optional<std::uint64_t> tsc_khz;  ///< what the kernel is told of its clock; measured unless given
    /// Our own init on the distribution's kernel finds a disk of ours and has the module for it, unless the
    /// user brings disks. A disk answers when the host's has answered, so a repeatable run has none.
    [[nodiscard]] bool has_disk() const {
        return !kernel && !initrd && !is_repeatable && !only_boots && disks.empty();
    }
};

/// The line of our init in a run that `only_boots` (tools/linux/init.sh).
inline constexpr std::string_view init_mark = "adyton: this is init";

/// `--gdb`: the machine waits for a debugger.
struct GdbOptions {
    std::uint16_t port = 0;               ///< 0: any that is free
    std::uint64_t first_instruction = 0;  ///< where it waits: entry of the SVSM
    std::string symbols;                  ///< what `adyton-attach` is told behind the port
};
inline constexpr std::uint16_t default_gdb_port = 1234;
/// A person thinks longer than any run takes.
inline constexpr double gdb_timeout = 7 * 24 * 3600;

/// On how many threads QEMU runs its CPUs.
enum class Threads { Auto, Single, Multi };

struct Options {
    std::string guest = "demo";  ///< name, ELF file or IGVM file
    unsigned cpus = 4;
    std::optional<unsigned> vmpl;   ///< 1 unless given
    std::optional<unsigned> c_bit;  ///< of image and machine; that of the image, or 47, unless given
    std::uint64_t memory = 256ull << 20;
    bool deterministic = false, verbose = false;
    Threads threads = Threads::Auto;  ///< Auto: choose_threads decides when QEMU is known
    double timeout_seconds = 60;
    /// A run that somebody feeds ends this long after the last byte of its input; empty: `timeout_seconds`
    /// counts.
    std::optional<double> seconds_after_input;
    std::string qemu{default_qemu}, qemu_cpu = "EPYC";
    std::string adversary;                       ///< empty: the host behaves
    std::string host;                            ///< which one the machine plays; empty: the strict one
    std::string host_properties;                 ///< empty: the host is the machine's own
    std::optional<std::filesystem::path> trace;  ///< file for what the machine records
    std::uint64_t trace_bytes = default_trace_bytes;
    std::optional<std::filesystem::path> svsm;
    std::optional<std::uint64_t> svsm_bytes;    ///< the SVSM's region; else what `memory` needs
    std::optional<std::uint64_t> sev_features;  ///< of the image; SNP alone unless given
    std::optional<LinuxOptions> linux_guest;    ///< the guest is `linux`
    std::vector<std::string> devices;           ///< more of QEMU's, as its -device takes them
    std::optional<GdbOptions> gdb;
    std::optional<count::Request> count;  ///< count the SVSM's instructions; only with `deterministic`
    bool quiet = false;                   ///< keep the console of the guest from stdout
    std::string mark;                     ///< text on the console whose time is wanted; empty: none
    /// No machine, no SVSM: QEMU's own computer boots a kernel with this command line. For comparison.
    std::optional<std::string> plain_linux;
};

/// As typed; what is empty was not given.
struct RawOptions {
    std::string guest, cpus, vmpl, c_bit, memory, timeout, qemu, qemu_cpu, adversary, host, host_properties,
        svsm, svsm_size, sev_features, threads;
    std::string trace, trace_size, gdb;
    std::string kernel, initrd, append, release, loader, net;
    std::vector<std::string> disks, devices;
    bool interactive = false;
    bool deterministic = false, verbose = false, wants_gdb = false;
};
[[nodiscard]] Result<Options> parse(const RawOptions& raw);

/// The ways in which the machine's host can misbehave, separated by blanks.
[[nodiscard]] std::string adversary_names();
/// The hosts that the machine can play, separated by blanks.
[[nodiscard]] std::string host_names();
/// The ways in which it can differ without misbehaving, separated by blanks.
[[nodiscard]] std::string host_property_names();

}  // namespace tools::run
