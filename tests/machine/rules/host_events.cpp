// SPDX-License-Identifier: MIT
// Answers to events and MSRs that both hosts give, as KVM gives them, and those in which the two differ.
#include <cstddef>

#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::NaeError, abi::NaeEvent, ghcb::Request;

constexpr std::uint64_t code(NaeEvent event) { return static_cast<std::uint64_t>(event); }
constexpr std::uint64_t general_protection = 0x8000'0b0d, invalid_opcode = 0x8000'0306;

/// The host refuses the event with this number.
bool is_error(const Request& request, NaeError error) {
    return ghcb::event(request) == 2 && ghcb::page().sw_exit_info_2 == static_cast<std::uint64_t>(error);
}
/// The host answers with an exception for the guest.
bool is_exception(const Request& request, std::uint64_t event) {
    return ghcb::event(request) == 1 && ghcb::page().sw_exit_info_2 == event;
}
bool is_done(const Request& request) { return ghcb::event(request) == 0; }

// ---- Inputs of events, on both hosts.

RULE(rdpmc_reads_four_counters_and_no_fifth, "GHCB: RDPMC") {
    for (std::uint64_t number = 0; number < 4; ++number) {
        CHECK(is_done({.code = code(NaeEvent::Rdpmc), .rcx = number}));
        CHECK_EQ(ghcb::page().rax, 0);
        CHECK_EQ(ghcb::page().rdx, 0);
    }
    CHECK(is_exception({.code = code(NaeEvent::Rdpmc), .rcx = 4}, general_protection));
    CHECK(is_error({.code = code(NaeEvent::Rdpmc)}, NaeError::MissingInput));
}

RULE(hypercalls_have_a_number_and_need_cpl_0, "GHCB: VMMCALL") {
    CHECK(is_done({.code = code(NaeEvent::Vmmcall), .rax = 77, .cpl = 0}));
    CHECK_EQ(ghcb::page().rax, -1000);
    CHECK(is_done({.code = code(NaeEvent::Vmmcall), .rax = 77, .cpl = 3}));
    CHECK_EQ(ghcb::page().rax, -1);
    CHECK(is_error({.code = code(NaeEvent::Vmmcall), .rax = 77}, NaeError::MissingInput));
    CHECK(is_error({.code = code(NaeEvent::Vmmcall), .cpl = 0}, NaeError::MissingInput));
}

RULE(monitor_and_mwait_name_their_inputs, "GHCB: MONITOR, MWAIT") {
    CHECK(is_done({.code = code(NaeEvent::Monitor), .rax = 0x1000, .rcx = 0, .rdx = 0}));
    CHECK(is_error({.code = code(NaeEvent::Monitor), .rax = 0x1000, .rcx = 0}, NaeError::MissingInput));
    CHECK(is_done({.code = code(NaeEvent::Mwait), .rax = 0, .rcx = 0}));
    CHECK(is_error({.code = code(NaeEvent::Mwait), .rax = 0}, NaeError::MissingInput));
}

RULE(ap_jump_table_is_kept, "GHCB: AP Jump Table") {
    CHECK(is_done({.code = code(NaeEvent::ApJumpTable), .info1 = 0, .info2 = 0x7000}));
    CHECK(is_done({.code = code(NaeEvent::ApJumpTable), .info1 = 1}));
    CHECK_EQ(ghcb::page().sw_exit_info_2, 0x7000);
    CHECK(is_error({.code = code(NaeEvent::ApJumpTable), .info1 = 2}, NaeError::InvalidInput));
}

RULE(guest_request_names_two_pages, "GHCB: SNP Guest Request") {
    const std::uint64_t page = allocate_loose();
    for (const std::uint64_t answer : {page, page + 8})
        CHECK(is_error({.code = code(NaeEvent::GuestRequest), .info1 = page, .info2 = answer},
                       NaeError::MissingInput));
}

RULE(ap_creation_without_features_lacks_an_input, "GHCB: SNP AP Creation") {
    using Info = abi::ApCreationInfo;
    CHECK(is_error({.code = code(NaeEvent::ApCreation), .info1 = Info::Vmpl::put(1), .info2 = 0x7000},
                   NaeError::MissingInput));
}

RULE(another_page_than_the_registered_one_is_refused, "GHCB: GHCB GPA Registration") {
    (void)ghcb::exchange(allocate_loose() | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest));
    CHECK(is_error({.code = code(NaeEvent::HypervisorFeatures)}, NaeError::NotRegistered));
}

RULE(apic_ids_event_says_how_many_pages_it_took, "GHCB: SNP Get APIC IDs", .options = "--cpus 2") {
    const std::uint64_t page = allocate_loose();
    for (const std::uint64_t pages : {1ull, 2ull}) {
        CHECK(is_done({.code = code(NaeEvent::GetApicIds), .info1 = page, .rax = pages}));
        CHECK(ghcb::is_valid(offsetof(abi::Ghcb, rax)));
        CHECK_EQ(ghcb::page().rax, 1);
    }
    CHECK_EQ(at(shared(page)), 2);  // the number of vCPUs, and the first id
}

/// Firmware asks so before it allocates the buffer.
RULE(apic_ids_event_without_a_buffer_says_how_many_pages_it_takes, "GHCB: SNP Get APIC IDs") {
    CHECK(is_done({.code = code(NaeEvent::GetApicIds), .rax = 0}));
    CHECK(ghcb::is_valid(offsetof(abi::Ghcb, rax)));
    CHECK_EQ(ghcb::page().rax, 1);
}

// ---- MSRs that the host keeps.

std::uint64_t read_value() { return ghcb::page().rdx << 32 | (ghcb::page().rax & 0xffff'ffff); }
bool read_msr_event(std::uint32_t msr) { return is_done({.code = code(NaeEvent::Msr), .rcx = msr}); }
Request write_of(std::uint32_t msr, std::uint64_t value) {
    return {
        .code = code(NaeEvent::Msr), .info1 = 1, .rax = value & 0xffff'ffff, .rcx = msr, .rdx = value >> 32};
}

RULE(msr_event_keeps_what_is_written_to_an_mtrr, "GHCB: MSR; APM2: MTRRs") {
    constexpr std::uint32_t base_0 = 0x200, mask_0 = 0x201;
    CHECK(is_done(write_of(base_0, 0x1'0000'0006)) && is_done(write_of(mask_0, 0xf'c000'0800)));
    CHECK(read_msr_event(base_0));
    CHECK_EQ(read_value(), 0x1'0000'0006);
    CHECK(is_exception(write_of(base_0, 2), general_protection));  // no such memory type
    CHECK(read_msr_event(base_0));
    CHECK_EQ(read_value(), 0x1'0000'0006);
}

RULE(msr_event_is_gp_for_a_register_that_does_not_exist, "GHCB: MSR") {
    for (const std::uint32_t msr : {0x3au, 0x4000'0000u, 0xc001'0140u}) {
        CHECK(is_exception({.code = code(NaeEvent::Msr), .rcx = msr}, general_protection));
        CHECK(is_exception(write_of(msr, 0), general_protection));
    }
}

RULE(msr_event_writes_for_any_number_but_0, "GHCB: MSR") {
    Request write = write_of(0x2ff, 0x806);
    write.info1 = 2;
    CHECK(is_done(write));
    CHECK(read_msr_event(0x2ff));
    CHECK_EQ(read_value(), 0x806);
}

RULE(apic_base_changes_mode_as_the_manual_says, "APM2: x2APIC Mode") {
    CHECK(is_exception(write_of(0x1b, 0xfee0'0400), general_protection));
    CHECK(is_done(write_of(0x1b, 0xfee0'0d00)));
    CHECK(is_exception(write_of(0x1b, 0xfee0'0900), general_protection));
    CHECK(read_msr_event(0x1b));
    CHECK_EQ(read_value(), 0xfee0'0d00);
    CHECK(is_done(write_of(0x1b, 0xfee0'0100)) && is_done(write_of(0x1b, 0xfee0'0900)));
}

RULE(tsc_msr_moves_the_time_stamp_counter, "GHCB: MSR; APM2: TSC_OFFSET") {
    constexpr std::uint64_t far_away = 1ull << 60;
    CHECK(is_done(write_of(0x10, far_away)));
    CHECK(read_msr_event(0x10));
    CHECK(read_value() >= far_away && read_value() < far_away + (1ull << 50));
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    CHECK_EQ(high >> 28, 1);
}

// ---- Lists of page state changes.

/// The list at `offset` of the shared buffer: its header, one entry, and SW_EXITINFO2 of the answer.
struct List {
    std::uint64_t offset = 0;
    std::uint64_t entry = 0;
    std::uint16_t first = 0, last = 0;
};
std::uint64_t change(const List& list) {
    std::uint8_t* const buffer = ghcb::page().shared_buffer + list.offset;
    *reinterpret_cast<abi::PscHeader*>(buffer) = {list.first, list.last, 0};
    reinterpret_cast<std::uint64_t*>(buffer)[1 + list.first] = list.entry;
    REQUIRE(is_done({.code = code(NaeEvent::PageStateChange), .scratch = ghcb::buffer_gpa() + list.offset}));
    return ghcb::page().sw_exit_info_2;
}
std::uint64_t entry_for(std::uint64_t page, abi::PscOperation operation) {
    return page | abi::PscEntry::Operation::put(static_cast<std::uint64_t>(operation));
}
const abi::PscHeader& header_at(std::uint64_t offset) {
    return *reinterpret_cast<const abi::PscHeader*>(ghcb::page().shared_buffer + offset);
}

RULE(a_list_may_begin_later_in_the_buffer, "GHCB: SNP Page State Change") {
    const std::uint64_t page = allocate_loose();
    CHECK_EQ(change({.offset = 0x400, .entry = entry_for(page, abi::PscOperation::Private)}), 0);
    CHECK_EQ(header_at(0x400).cur_entry, 1);
    CHECK(pvalidate(page, 0, 1).is(abi::RmpResult::Success));
    // The last 20h bytes hold the header and three entries.
    CHECK_EQ(change({.offset = 0x7d0, .entry = 0, .last = 5}), abi::PscError::invalid_header);
}

RULE(an_entry_that_is_done_is_passed_over, "GHCB: SNP Page State Change") {
    const std::uint64_t page = allocate_page();
    CHECK_EQ(change({.entry = entry_for(page, abi::PscOperation::Shared) | 1}), 0);
    CHECK(pvalidate(page, 0, 0).is(abi::RmpResult::Success));  // still the guest's
    CHECK_EQ(change({.entry = entry_for(page, abi::PscOperation::Shared) | 2}), abi::PscError::invalid_entry);
}

RULE(a_list_that_ends_before_it_begins_has_no_work, "GHCB: SNP Page State Change") {
    CHECK_EQ(
        change({.entry = entry_for(allocate_loose(), abi::PscOperation::Private), .first = 3, .last = 2}), 0);
}

// ---- Where the hosts differ.

RULE(kvm_ends_the_vm_for_a_page_that_is_not_registered, "KVM: sev_handle_vmgexit", .ends = "host-ends",
     .options = "--host kvm") {
    (void)ghcb::exchange(allocate_loose() | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest));
    (void)ghcb::event(NaeEvent::HypervisorFeatures);
}

RULE(kvm_ends_the_vm_for_an_unsupported_event, "KVM: sev_handle_vmgexit", .ends = "host-ends",
     .options = "--host kvm") {
    (void)ghcb::event(NaeEvent::Unsupported);
}
RULE(strict_does_not_know_an_unsupported_event, "GHCB: Unsupported Non-Automatic Exit") {
    CHECK(is_error({.code = code(NaeEvent::Unsupported)}, NaeError::InvalidEvent));
}

RULE(kvm_ends_the_vm_for_a_rdtsc_event, "KVM: sev_handle_vmgexit", .ends = "host-ends",
     .options = "--host kvm") {
    (void)ghcb::event(NaeEvent::Rdtsc);
}

RULE(kvm_has_no_rdtscp, "KVM: svm_exit_handlers", .options = "--host kvm") {
    CHECK(is_exception({.code = code(NaeEvent::Rdtscp)}, invalid_opcode));
}

RULE(kvm_ends_the_vm_for_a_string_that_is_too_long, "KVM: sev_es_string_io", .ends = "host-ends",
     .options = "--host kvm") {
    using Io = abi::IoioInfo;
    (void)ghcb::event({.code = code(NaeEvent::Ioio),
                       .info1 = Io::Port::put(0x3f8) | Io::String::mask | Io::Rep::mask | Io::Size32::mask,
                       .info2 = 0x4000'0000,
                       .scratch = ghcb::buffer_gpa()});
}

RULE(kvm_ignores_a_page_that_is_private, "KVM: sev_handle_vmgexit", .options = "--host kvm") {
    const std::uint64_t page = allocate_page();
    write_msr(abi::Msr::Ghcb, page);
    vmgexit();
    CHECK_EQ(read_msr(abi::Msr::Ghcb), page);
    CHECK_EQ(at(page), 0);
}

RULE(kvm_answers_with_four_registers, "KVM: sev_es_sync_to_ghcb", .options = "--host kvm") {
    CHECK(is_done({.code = code(NaeEvent::HypervisorFeatures), .rbx = 5}));
    for (const std::size_t field : {offsetof(abi::Ghcb, rax), offsetof(abi::Ghcb, rbx),
                                    offsetof(abi::Ghcb, rcx), offsetof(abi::Ghcb, rdx)})
        CHECK(ghcb::is_valid(field));
    CHECK_EQ(ghcb::page().rbx, 5);
    CHECK_EQ(ghcb::page().rcx, 0);
}

RULE(kvm_registers_any_address, "KVM: GHCB_MSR_REG_GPA_REQ", .options = "--host kvm") {
    const std::uint64_t far_away = 1ull << 44;
    const auto request = far_away | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest);
    CHECK_EQ(ghcb::exchange(request) & ~0xfffull, far_away);
    write_msr(abi::Msr::Ghcb, far_away);
    vmgexit();
    CHECK_EQ(read_msr(abi::Msr::Ghcb), far_away);
}

RULE(kvm_takes_any_size_of_device_memory, "KVM: sev_handle_vmgexit", .options = "--host kvm") {
    CHECK(is_done(
        {.code = code(NaeEvent::MmioRead), .info1 = 0xfec0'0000, .info2 = 3, .scratch = ghcb::buffer_gpa()}));
}
RULE(strict_refuses_a_size_of_device_memory_that_no_instruction_has, "GHCB: MMIO Read") {
    CHECK(is_error(
        {.code = code(NaeEvent::MmioRead), .info1 = 0xfec0'0000, .info2 = 3, .scratch = ghcb::buffer_gpa()},
        NaeError::InvalidInput));
}

RULE(kvm_serves_ram_as_device_memory_from_the_shared_page, "QEMU: address_space_rw",
     .options = "--host kvm") {
    const std::uint64_t page = allocate_loose();
    at(shared(page)) = 0x1234;
    const Request read{
        .code = code(NaeEvent::MmioRead), .info1 = page, .info2 = 8, .scratch = ghcb::buffer_gpa()};
    CHECK(is_done(read));
    CHECK_EQ(*reinterpret_cast<const std::uint64_t*>(ghcb::page().shared_buffer), 0x1234);
    Request of_private = read;
    of_private.info1 = allocate_page();
    at(*of_private.info1) = 0x5678;
    CHECK(is_done(of_private));
    CHECK_EQ(*reinterpret_cast<const std::uint64_t*>(ghcb::page().shared_buffer), 0);
}

RULE(kvm_takes_an_unknown_operation_of_a_list_for_done, "KVM: snp_begin_psc", .options = "--host kvm") {
    const std::uint64_t page = allocate_page();
    CHECK_EQ(change({.entry = entry_for(page, abi::PscOperation{9})}), 0);
    CHECK_EQ(header_at(0).cur_entry, 1);
    CHECK(!trap([&] { peek(page); }));
}
RULE(strict_refuses_an_unknown_operation_of_a_list, "GHCB: SNP Page State Change") {
    CHECK_EQ(change({.entry = entry_for(allocate_page(), abi::PscOperation{9})}),
             abi::PscError::invalid_entry);
}

RULE(kvm_shares_a_page_where_no_memory_is, "QEMU: kvm_convert_memory", .options = "--host kvm") {
    CHECK(ghcb::change_page(0xfee0'0000, abi::PscOperation::Shared));
}
RULE(kvm_ends_the_vm_for_a_private_page_where_no_memory_is, "QEMU: kvm_convert_memory", .ends = "fault",
     .options = "--host kvm") {
    (void)ghcb::change_page(0xfee0'0000, abi::PscOperation::Private);
}

RULE(kvm_has_no_number_for_a_level_without_a_save_area, "KVM: Run VMPL", .options = "--host kvm") {
    CHECK_EQ(ghcb::event(NaeEvent::RunVmpl, 3), 2);
    CHECK_EQ(ghcb::page().sw_exit_info_2, 0);
}
RULE(strict_has_a_number_for_a_level_without_a_save_area, "GHCB: Run VMPL") {
    CHECK(is_error({.code = code(NaeEvent::RunVmpl), .info1 = 3}, NaeError::InvalidInput));
}

}  // namespace
}  // namespace rules
