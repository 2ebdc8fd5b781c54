// SPDX-License-Identifier: MIT
// The kind `linux`: a kernel, and what the distribution has for all that the user did not name.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tools/linux/guest.hpp"
#include "tools/payload/loaded.hpp"
#include "tools/payload/options.hpp"

namespace tools::payload {

/// The guest with this name is a kernel, not a program of this build.
inline constexpr std::string_view linux_guest_name = "linux";
inline constexpr std::uint64_t linux_default_memory = 1ull << 30;

/// What our init does once the kernel has started it (tools/linux/init.sh).
enum class LinuxTask {
    Checks,   ///< it checks the kernel, one line for each check
    Shell,    ///< it starts a shell on the console
    BootOnly  ///< it says that it runs (`init_mark`) and powers off
};
inline constexpr std::string_view init_mark = "adyton: this is init";

/// What `run linux` takes in addition.
struct LinuxOptions {
    std::optional<std::filesystem::path> kernel, initrd;  ///< those of the distribution unless given
    std::optional<std::filesystem::path> loader;          ///< a program that runs before the kernel
    std::string append;                                   ///< behind our own command line
    std::string release;                                  ///< of Debian, where the kernel comes from
    LinuxTask task = LinuxTask::Checks;
    bool is_repeatable = false;            ///< nothing may depend on the host's clock
    std::optional<std::uint64_t> tsc_khz;  ///< what the kernel is told of its clock; measured unless given
    std::size_t disks = 0;                 ///< how many the user brings
    bool has_net = false;                  ///< the user brings a network card
    bool is_file = false;                  ///< an image that no disk of ours goes with
    /// Our own init on the distribution's kernel finds a disk of ours and has the module for it, unless the
    /// user brings disks. A disk answers when the host's has answered, so a repeatable run has none.
    [[nodiscard]] bool has_own_disk() const {
        return !kernel && !initrd && !is_repeatable && !is_file && task != LinuxTask::BootOnly && disks == 0;
    }
};

/// What the checks inside the guest are to find.
struct LinuxScene {
    unsigned vmpl, cpus;
    bool has_secure_tsc = false;  ///< then the kernel asks the AMD-SP and the CPU for its clock
};

/// What the kernel is told of its clock, in kHz. It cannot measure that, because reading a port takes longer than its
/// measurement allows for.
[[nodiscard]] std::uint64_t tsc_khz(const LinuxOptions& options);

struct LinuxFiles {
    linux_boot::GuestFiles guest;
    Buffer disk;  ///< of our own; empty: there is none
};
/// Reads what the user named; the rest comes from the distribution. May fetch packages, and says so on
/// stderr. A problem names the file or the package that is missing or broken.
[[nodiscard]] Result<LinuxFiles> find_linux_files(const LinuxOptions& options, const LinuxScene& scene);

/// The kernel learns its clock from AMD-SP and CPU, and not from its command line.
[[nodiscard]] bool has_secure_tsc(const Build& build);

/// A problem for features of the processor that Linux ends itself with.
[[nodiscard]] Result<void> check_linux_features(const Build& build);

/// The same, laid out in guest memory.
[[nodiscard]] Result<Loaded> load_linux(const LinuxOptions& options, const LinuxScene& scene);

}  // namespace tools::payload
