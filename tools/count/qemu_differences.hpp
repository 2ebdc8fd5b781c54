// SPDX-License-Identifier: MIT
// Differences between the versions of QEMU's plugin interface that concern the counter (docs/adr/0030).
#pragma once
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "tools/count/qemu_plugin.hpp"

namespace tools::count {

/// From here on QEMU copies the bytes of an instruction (9.1), tells a wrong CPU when one thread runs several
/// (10.0), and calls with other arguments (11.1).
inline constexpr int copying_version = 3, wrong_cpu_version = 4, first_unknown_version = 7;
inline constexpr std::size_t longest_instruction = 15;

/// True before QEMU 9.0: translated code can add to a counter of the plugin without a call.
inline bool has_plain_inline() { return qemu_plugin_register_vcpu_insn_exec_inline != nullptr; }

/// The number of the executing CPU. QEMU 10.0 stores the number of the CPU that *translated* a block in the
/// block; with one thread, all CPUs share the block. So the plugin reads QEMU's own variable then.
class RunningCpu {
public:
    /// False when this QEMU does not say.
    [[nodiscard]] bool open(int interface_version) {
        is_told_ = interface_version < wrong_cpu_version;
        find_ = reinterpret_cast<Find*>(::dlsym(RTLD_DEFAULT, "qemu_get_cpu"));
        return is_told_ || (find_ != nullptr && ::dlsym(RTLD_DEFAULT, "current_cpu") != nullptr);
    }
    /// `told` is the number that QEMU passed to the callback. Only for the one thread that runs all CPUs.
    [[nodiscard]] unsigned number(unsigned told) {
        if (is_told_) return told;
        // The variable is one for each thread, so it is looked up in the thread that wants to know.
        if (current_ == nullptr) current_ = static_cast<void**>(::dlsym(RTLD_DEFAULT, "current_cpu"));
        if (*current_ == last_) return last_number_;
        last_ = *current_;
        for (last_number_ = 0; find_(static_cast<int>(last_number_)) != last_;) ++last_number_;
        return last_number_;
    }

private:
    using Find = void*(int number);
    bool is_told_ = true;
    Find* find_ = nullptr;
    void** current_ = nullptr;
    void* last_ = nullptr;
    unsigned last_number_ = 0;
};

/// Counts executions of instructions: without a call where QEMU can, else by the shortest of calls. (Counters
/// per CPU, which QEMU has since 9.0, are wrong in 10.0 for the reason above.)
class ExecutionCounter {
public:
    void watch(qemu_plugin_insn* instruction) {
        if (has_plain_inline())
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, &value_, 1);
        else
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, add_one, QEMU_PLUGIN_CB_NO_REGS, &value_);
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    static void add_one(unsigned, void* value) { ++*static_cast<std::uint64_t*>(value); }
    std::uint64_t value_ = 0;
};

}  // namespace tools::count
