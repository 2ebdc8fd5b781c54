// SPDX-License-Identifier: MIT
// Interrupt commands and registers of the local APIC.
#include "snpemu/devices/local_apic.hpp"

#include "model/host/doorbell.hpp"
#include "snpemu/cpu/apic.hpp"
#include "snpemu/devices/apic_policy.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

std::uint32_t read_apic(apic::Register which) { return apic::read(static_cast<std::uint32_t>(which)); }
void write_apic(apic::Register which, std::uint32_t value) {
    apic::write(static_cast<std::uint32_t>(which), value);
}

/// Sends a shorthand to each CPU that it names: QEMU takes its own number of a CPU for the APIC id in "self"
/// and "all but self", and "all" would include CPU 0.
void write_shorthand(Machine& machine, Vcpu& vcpu, std::uint32_t low) {
    const std::uint32_t high = read_apic(apic::Register::IcrHigh);
    for (const Vcpu* target : std::span{machine.vcpus}.first(machine.cpu_count)) {
        if (!is_named(low, high, vcpu.apic_id, {target->apic_id, 0})) continue;
        write_apic(apic::Register::IcrHigh, target->apic_id << 24);
        write_apic(apic::Register::IcrLow, to_physical(low));
    }
    write_apic(apic::Register::IcrHigh, high);
}

/// What vCPUs get by hand: NMIs are the machine's own kick, and INIT would reset the CPU beneath. Null for all else.
constexpr Messages Vcpu::*messages_of(DeliveryMode mode) {
    switch (mode) {
        case DeliveryMode::Nmi: return &Vcpu::nmi_for;
        case DeliveryMode::Init: return &Vcpu::init_for;
        case DeliveryMode::Startup: return &Vcpu::startup_for;
        default: return nullptr;
    }
}

/// INIT with level-deassert, which set arbitration ids of processors before ours. [APM2 "Interrupt Command Register"]
constexpr bool is_deassert(DeliveryMode mode, std::uint32_t low) {
    return mode == DeliveryMode::Init && !InterruptCommand::Assert::test(low);
}

/// Interrupts go out as they are: each APIC has the id that the guest knows.
void write_command(Machine& machine, Vcpu& vcpu, std::uint32_t low) {
    const auto mode = static_cast<DeliveryMode>(InterruptCommand::Mode::get(low));
    if (is_plain(mode)) {
        if (InterruptCommand::Shorthand::test(low)) return write_shorthand(machine, vcpu, low);
        return write_apic(apic::Register::IcrLow, low);
    }
    if (is_deassert(mode, low)) return;
    Messages Vcpu::*const kind = messages_of(mode);
    const std::uint32_t high = read_apic(apic::Register::IcrHigh);
    for (Vcpu* target : std::span{machine.vcpus}.first(machine.cpu_count)) {
        if (!is_named(low, high, vcpu.apic_id, {target->apic_id, target->logical_apic_id})) continue;
        if (kind == nullptr)
            trace::record(vcpu, "ignored-interrupt-command low", low);
        else
            post_message(machine, *target, kind, vcpu.current);
    }
}

/// The command register of xAPIC has 8 bits for a destination, of which all set mean every CPU.
constexpr std::optional<std::uint32_t> xapic_destination(std::uint32_t destination) {
    if (destination == ~0u) return 0xff;
    return destination < 0xff ? std::optional{destination} : std::nullopt;
}

/// To each vCPU that the command names, by its number: QEMU's APICs know no clusters.
void send_x2apic(Machine& machine, Vcpu& vcpu, const host::IpiAsk& command) {
    const auto mode = static_cast<DeliveryMode>(InterruptCommand::Mode::get(command.low));
    if (is_deassert(mode, command.low)) return;
    const std::uint32_t high = read_apic(apic::Register::IcrHigh);
    Messages Vcpu::*const kind = messages_of(mode);
    for (Vcpu* target : std::span{machine.vcpus}.first(machine.cpu_count)) {
        if (!host::names_in_x2apic(command, vcpu.apic_id, target->apic_id)) continue;
        if (is_plain(mode)) {
            write_apic(apic::Register::IcrHigh, target->apic_id << 24);
            write_apic(apic::Register::IcrLow, to_physical(command.low));
        } else if (kind == nullptr) {
            trace::record(vcpu, "ignored-interrupt-command low", command.low);
        } else {
            post_message(machine, *target, kind, vcpu.current);
        }
        if (mode == DeliveryMode::LowestPriority) break;  // one of them takes it
    }
    write_apic(apic::Register::IcrHigh, high);
}

}  // namespace

void write_local_apic(Machine& machine, Vcpu& vcpu, std::uint32_t offset, std::uint32_t value) {
    constexpr std::uint32_t first_vector = 0x320, last_vector = 0x370;
    switch (static_cast<apic::Register>(offset)) {
        case apic::Register::Id: return;  // the whole machine relies on it
        case apic::Register::IcrLow: return write_command(machine, vcpu, value);
        case apic::Register::LogicalDestination: vcpu.logical_apic_id = value; break;
        default: break;
    }
    if (offset >= first_vector && offset <= last_vector)
        value = constrain_vector(value, offset == static_cast<std::uint32_t>(apic::Register::LvtLint1));
    apic::write(offset, value);
    // If the guest masks a pin while the 8259s request through it, QEMU keeps the request and later delivers
    // it as vector -1.
    if (offset == static_cast<std::uint32_t>(apic::Register::LvtLint0)) apic::recheck_interrupts();
}

void on_hv_ipi(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& copy) {
    if (!vcpu.slot().restricts_injection()) return reply_malformed(copy, abi::NaeError::InvalidEvent);
    const auto asked = host::read_hv_ipi(request);
    if (!asked) return reply_malformed(copy, asked.error());
    // A message to a destination that no vCPU can have is sent and lost.
    if (const auto destination = xapic_destination(asked->destination)) {
        const std::uint32_t high = read_apic(apic::Register::IcrHigh);
        write_apic(apic::Register::IcrHigh, *destination << 24);
        write_command(machine, vcpu, asked->low);
        write_apic(apic::Register::IcrHigh, high);
    }
    reply_ok(copy);
}

std::optional<std::uint64_t> read_x2apic(const Vcpu& vcpu, std::uint32_t msr) {
    if (vcpu.msrs.apic_mode() != host::ApicMode::X2apic) return std::nullopt;
    const auto found = host::find_x2apic_read(msr);
    if (!found) return std::nullopt;
    switch (found->use) {
        case host::X2apicUse::Register: return apic::read(found->offset);
        case host::X2apicUse::Id: return vcpu.apic_id;
        case host::X2apicUse::LogicalId: return host::x2apic_logical_id(vcpu.apic_id);
        case host::X2apicUse::Command: return vcpu.x2apic_command;
        case host::X2apicUse::SelfIpi: break;
    }
    return std::nullopt;
}

bool write_x2apic(Machine& machine, Vcpu& vcpu, std::uint32_t msr, std::uint64_t value) {
    if (vcpu.msrs.apic_mode() != host::ApicMode::X2apic) return false;
    const auto found = host::find_x2apic_write(msr, value);
    if (!found) return false;
    switch (found->use) {
        case host::X2apicUse::Register:
            write_local_apic(machine, vcpu, found->offset, static_cast<std::uint32_t>(value));
            return true;
        case host::X2apicUse::SelfIpi:
            send_x2apic(machine, vcpu, {static_cast<std::uint32_t>(value), vcpu.apic_id});
            return true;
        case host::X2apicUse::Command: break;
        case host::X2apicUse::Id:
        case host::X2apicUse::LogicalId: return false;
    }
    const auto command = host::read_x2apic_command(value);
    if (!command) return false;
    vcpu.x2apic_command = std::uint64_t{command->destination} << 32 | command->low;
    send_x2apic(machine, vcpu, *command);
    return true;
}

}  // namespace snpemu
