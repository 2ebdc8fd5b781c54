// SPDX-License-Identifier: MIT
// The checked options of `adyton run`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "tools/count/request.hpp"
#include "tools/payload/payload.hpp"
#include "tools/qemu/find.hpp"
#include "tools/qemu/spec.hpp"
#include "tools/support/problem.hpp"

namespace tools::run {

/// Memory of the trace unless --trace-size says otherwise: some 1.6 million records.
inline constexpr std::uint64_t default_trace_bytes = 64ull << 20;

inline constexpr double linux_default_timeout = 300;
inline constexpr double debian_default_timeout = 600;  ///< firmware, boot loader and every service
inline constexpr double longest_timeout = 7 * 24 * 3600;  ///< a person thinks longer than any run takes
inline constexpr std::uint16_t default_gdb_port = 1234;

/// What follows when the guest asks for a reboot.
enum class Reboot : std::uint8_t {
    Ends,      ///< the run, and not as a success
    Restarts,  ///< a new machine launches the same image; of the old one the user's disks remain
};

/// Words for the machine, each a name that it knows; empty: its default.
struct HostOptions {
    std::string adversary;   ///< how the host misbehaves
    std::string host;        ///< which one the machine plays
    std::string properties;  ///< how it differs without misbehaving, with commas
};

/// What the guest hands out, and the nonce that it is given for its reports.
struct Out {
    std::filesystem::path folder;
    Buffer nonce;
};

struct Options {
    std::string guest = "demo";  ///< name, ELF file or IGVM file
    payload::Kind kind = payload::Kind::Elf;
    payload::LinuxOptions linux_guest;  ///< with Kind::Linux, as disks and network; or for a kernel of Kind::Firmware
    payload::FirmwareOptions firmware_guest;  ///< with Kind::Firmware only
    payload::Build build;
    unsigned cpus = 4;
    std::uint64_t memory = payload::default_memory;
    bool deterministic = false, verbose = false;
    unsigned seed = 1;        ///< of the random numbers; only with `deterministic`
    bool any_launch = false;  ///< a launch that is not that of the image goes on
    Reboot reboot = Reboot::Ends;
    std::optional<qemu::Threads> threads;  ///< empty: choose_threads decides when QEMU is known
    double timeout_seconds = 60;
    /// A run with input ends this long after the last byte of it; empty: `timeout_seconds` counts.
    std::optional<double> seconds_after_input;
    std::string qemu{qemu::default_program}, qemu_cpu = "EPYC";
    qemu::CpuFeatures cpu_features{};
    HostOptions host;
    std::string host_data;             ///< of the report, 64 hexadecimal digits; empty: zeros
    std::uint8_t launch_rights = 0;    ///< that the host gives VMPL1 to 3 in launched pages (abi::Permission)
    std::optional<GpaRange> firmware;  ///< place of the image's firmware, for images that ask for it
    std::optional<GpaRange> far_memory;  ///< RAM besides `memory`, far above it
    std::optional<std::filesystem::path> trace;  ///< file for what the machine records
    std::uint64_t trace_bytes = default_trace_bytes;
    std::vector<qemu::Disk> disks;     ///< in the order of their names
    std::optional<std::string> net;    ///< a network card, see `qemu::parse_net`
    std::optional<Out> out;
    std::vector<std::string> devices;  ///< more of QEMU's, as its -device takes them
    std::optional<std::uint16_t> gdb;  ///< the machine waits for a debugger on this port; 0: any that is free
    std::optional<count::Request> count;  ///< count the SVSM's instructions; only with `deterministic`
    bool alone = false;                   ///< a launch for each check of the conformance suite
    unsigned only_check = 0;              ///< the check of this launch, from 1; 0: all
    bool quiet = false;                   ///< keep the console of the guest from stdout
    std::string until;                    ///< text on the console that ends the run as a success; empty: none
    std::vector<std::string> marks;       ///< texts on the console whose times are wanted
    /// An operating system runs at the end, whatever starts it.
    [[nodiscard]] bool is_linux() const { return kind != payload::Kind::Elf; }
    [[nodiscard]] bool is_firmware() const { return kind == payload::Kind::Firmware; }
    /// It starts from a disk of ours.
    [[nodiscard]] bool has_system() const { return firmware_guest.system.has_value(); }
};

/// As typed; what is empty was not given.
struct RawOptions {
    std::string guest, cpus, memory, timeout, until, qemu, qemu_cpu, cpu_features, threads, adversary, host,
        host_properties, reboot, launch_rights, firmware, kernel_hashes, far_memory, host_data;
    payload::RawBuild build;
    std::string trace, trace_size, seed;
    std::optional<std::string> gdb;  ///< its value may be left out
    std::string kernel, initrd, append, release, loader, net, out, nonce;
    std::vector<std::string> disks, devices;
    bool interactive = false, any_launch = false;
    bool deterministic = false, verbose = false, alone = false;
};
/// A problem for the first wrong option. Checks only those files whose use an option determines.
[[nodiscard]] Result<Options> parse(const RawOptions& raw);

/// "none", "all", or letters of r, w, u and s: read, write, execute as user and as supervisor. (abi::Permission)
[[nodiscard]] Result<std::uint8_t> parse_launch_rights(std::string_view text);

/// "0xADDRESS,SIZE": a place below 4 GiB or above, whole pages.
[[nodiscard]] Result<GpaRange> parse_firmware(const std::string& text);
/// The same, whole 2 MiB between 512 GiB, where no device and no address of other memory reaches, and 64 TiB, the
/// lowest weight of a C-bit.
[[nodiscard]] Result<GpaRange> parse_far_memory(const std::string& text);

/// 64 hexadecimal digits, or nothing.
[[nodiscard]] Result<std::string> parse_host_data(const std::string& text);

/// Options of `run linux` alone, and what differs by default: a distribution's kernel wants room and time. A
/// problem when the guest is another one and such an option was given.
[[nodiscard]] Result<void> parse_linux(const RawOptions& raw, Options& options);

/// --firmware: a place for images that ask, or the file of the guests `firmware` and `linux`, which makes the latter a
/// kernel behind firmware. A problem for options that firmware excludes.
[[nodiscard]] Result<void> parse_firmware_guest(const RawOptions& raw, Options& options);

/// The guest `debian`: --release, --loader and --interactive. A problem for options that a whole system excludes.
[[nodiscard]] Result<void> parse_system(const RawOptions& raw, Options& options);

/// --out and --nonce. A problem: a nonce without a folder or one that is none, or a run that cannot have such a disk.
[[nodiscard]] Result<void> parse_out(const RawOptions& raw, Options& options);

/// The ways in which the machine's host can misbehave, separated by blanks.
[[nodiscard]] std::string adversary_names();
/// The hosts that the machine can play, separated by blanks.
[[nodiscard]] std::string host_names();
/// The ways in which it can differ without misbehaving, separated by blanks.
[[nodiscard]] std::string host_property_names();

}  // namespace tools::run
