// SPDX-License-Identifier: MIT
// Everything that connects QEMU with us: pipes, sockets, files without a name, and the proxy for gdb.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tools/debug/proxy.hpp"
#include "tools/qemu/hearing.hpp"
#include "tools/qemu/monitor.hpp"
#include "tools/qemu/spec.hpp"
#include "tools/qemu/stream.hpp"
#include "tools/support/child.hpp"
#include "tools/support/file.hpp"

namespace tools::qemu {

/// Outlives the child: the thread of its proxy ends when QEMU has.
class Wires {
public:
    /// The streams pass what they read on to `hearing`.
    [[nodiscard]] static Result<Wires> make(const Spec& spec, Hearing& hearing);

    /// What QEMU inherits (`Fds`).
    [[nodiscard]] Child::Descriptors descriptors() const;
    /// QEMU has its ends, and we keep ours.
    void close_other_ends();
    /// Called once QEMU runs: takes the machine to the first instruction for gdb, if `spec` has a debugger.
    void start_debugger(const Spec& spec, const Watch& watch);

    [[nodiscard]] std::array<Stream*, 4> streams() { return {&console_, &machine_, &errors_, &monitor_out_}; }
    [[nodiscard]] Stream& console() { return console_; }
    [[nodiscard]] Monitor& monitor() { return monitor_; }
    /// What the plugin has counted; complete once QEMU has ended.
    [[nodiscard]] std::string counts() const;

private:
    /// Files whose bytes QEMU finds under a number, and two for the plugin.
    struct Files {
        Descriptor image, disk, functions, counts;
        std::vector<Descriptor> config;
        static Result<Files> make(const Spec& spec);
    };
    Wires(std::array<Stream, 4> streams, Monitor monitor, Files files, const Spec& spec);

    Stream console_, machine_, errors_, monitor_out_;
    Monitor monitor_;
    Files files_;
    std::optional<int> memory_, out_disk_;  ///< borrowed from the specification
    std::optional<debug::Proxy> proxy_{};
};

}  // namespace tools::qemu
