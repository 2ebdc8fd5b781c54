// SPDX-License-Identifier: MIT
// `adyton run --trace`: the memory of QEMU's computer is our file, so the machine's records survive
// however QEMU ends.
#pragma once
#include <filesystem>
#include <optional>

#include "tools/qemu/machine_channel.hpp"
#include "tools/support/file.hpp"
#include "tools/support/output.hpp"

namespace tools::run {

/// What the file says about the run besides the records.
using TraceFacts = std::vector<std::pair<std::string, std::string>>;

class TraceCapture {
public:
    /// Makes the memory. A name that cannot be written is a problem before the run, not after it; so is
    /// stdout, which carries the guest's console.
    [[nodiscard]] static Result<TraceCapture> make(const std::string& name, std::uint64_t memory_bytes);
    /// For QEMU to inherit.
    [[nodiscard]] int fd() const { return memory_.get(); }
    /// Writes the file. The machine's channel says where the records lie. This function checks every number
    /// in them again: other software ran in the same memory.
    [[nodiscard]] Result<void> save(const qemu::MachineChannel& channel, const TraceFacts& facts) const;

private:
    TraceCapture(Output output, Descriptor memory, std::uint64_t bytes)
        : output_{std::move(output)}, memory_{std::move(memory)}, bytes_{bytes} {}
    Output output_;
    Descriptor memory_;
    std::uint64_t bytes_;
};

/// The trace file made of an area of the machine's memory. Pure; the tests call it.
[[nodiscard]] Result<Buffer> trace_file_of(Bytes area, const qemu::Counters& counters,
                                           const TraceFacts& facts);

}  // namespace tools::run
