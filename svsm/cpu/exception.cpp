// SPDX-License-Identifier: MIT
// Tells expected faults on guest memory from all other exceptions, which end the machine.
#include "svsm/cpu/exception.hpp"

#include <optional>

#include "abi/snp/exit_code.hpp"
#include "machine/machine.hpp"
#include "machine/snp/fault_table.hpp"
#include "svsm/cpu/backtrace.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/cpu/expected_fault.hpp"
#include "svsm/cpu/instructions.hpp"
#include "svsm/log.hpp"

extern "C" const FaultTableEntry fault_table_begin[], fault_table_end[];
extern "C" const FaultTableEntry undefined_table_begin[], undefined_table_end[];

namespace svsm::cpu {
namespace {

std::uint64_t resolve(const std::int32_t& distance) {
    return reinterpret_cast<std::uint64_t>(&distance) + static_cast<std::uint64_t>(std::int64_t{distance});
}

std::optional<std::uint64_t> find(const FaultTableEntry* entry, const FaultTableEntry* end,
                                  std::uint64_t rip) {
    for (; entry != end; ++entry)
        if (resolve(entry->instruction) == rip) return resolve(entry->continuation);
    return std::nullopt;
}

std::optional<std::uint64_t> continuation_of(std::uint64_t rip) {
    return find(fault_table_begin, fault_table_end, rip);
}

/// Continuation of an instruction that the boot executes to find out whether the processor has it. Without
/// the instruction the boot ends, so a host that injects #UD there denies service, no more.
std::optional<std::uint64_t> continuation_without(std::uint64_t rip) {
    return find(undefined_table_begin, undefined_table_end, rip);
}

/// A broken invariant, a range overrun in the hardened library, a missing return: all of them compile to UD2.
bool is_failed_check(const ExceptionFrame& frame) {
    return static_cast<abi::Vector>(frame.vector) == abi::Vector::InvalidOpcode;
}

}  // namespace

extern "C" void svsm_exception(ExceptionFrame& frame) {
    const auto cr2 = read_cr2();
    if (is_expected_fault(this_cpu(), {frame.vector, frame.error, cr2})) {
        // Without this a guest could kill the SVSM by naming a page that it never validated.
        if (const auto next = continuation_of(frame.rip)) {
            // A page fault that the host injects later leaves CR2 as it is: CR2 must not hold the address of
            // a window then.
            write_cr2(0);
            frame.rip = *next;
            return;
        }
    }
    if (is_failed_check(frame)) {
        if (const auto next = continuation_without(frame.rip)) {
            frame.rip = *next;
            return;
        }
    }
    log("svsm: {} {} on CPU {}: error 0x{:x} rip 0x{:x} rsp 0x{:x} cr2 0x{:x}",
        is_failed_check(frame) ? "failed check, exception" : "exception", frame.vector, this_cpu().index,
        frame.error, frame.rip, frame.rsp, cr2);
    log_backtrace(this_cpu(), frame.rsp);
    using abi::adyton::Termination;
    machine::terminate(is_failed_check(frame) ? Termination::Panic : Termination::Exception);
}

}  // namespace svsm::cpu
