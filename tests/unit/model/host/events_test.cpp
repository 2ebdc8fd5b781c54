// SPDX-License-Identifier: MIT
// What each GHCB event needs, and what a host says to a guest that forgot it.
#include "model/host/events.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "tests/unit/reached.hpp"

namespace model::host {
namespace {

using abi::NaeError, abi::NaeEvent;

constexpr Gpa ghcb{0x5000};
constexpr std::uint64_t buffer = 0x5800;

/// With every input that the guest could give.
constexpr GhcbRequest complete{.event = NaeEvent::Cpuid,
                               .scratch = buffer,
                               .rax_valid = true,
                               .rbx_valid = true,
                               .rcx_valid = true,
                               .rdx_valid = true,
                               .scratch_valid = true};

GhcbRequest with(auto change) {
    GhcbRequest request = complete;
    change(request);
    return request;
}

std::string name_of(NaeError error) {
    switch (error) {
        case NaeError::MissingInput: return "MissingInput";
        case NaeError::InvalidInput: return "InvalidInput";
        case NaeError::InvalidScratch: return "InvalidScratch";
        case NaeError::NotRegistered: return "NotRegistered";
        case NaeError::InvalidUsage: return "InvalidUsage";
        case NaeError::InvalidEvent: return "InvalidEvent";
    }
    return "";
}

TEST(HostEvents, each_malformed_reason_has_a_request_that_meets_it) {
    Reached<NaeError, std::string (*)(NaeError)> table{name_of};
    constexpr auto none = std::nullopt;
    constexpr auto missing = NaeError::MissingInput, invalid = NaeError::InvalidInput,
                   scratch = NaeError::InvalidScratch;
    const auto no_rax = [](auto& r) { r.rax_valid = false; };
    const auto no_rbx = [](auto& r) { r.rbx_valid = false; };
    const auto no_rcx = [](auto& r) { r.rcx_valid = false; };
    const auto no_rdx = [](auto& r) { r.rdx_valid = false; };
    const auto no_scratch = [](auto& r) { r.scratch_valid = false; };

    abi::Ghcb page{};
    page.usage = 1;
    table.row("a page of another usage", take_request(page), NaeError::InvalidUsage);
    table.row("a page without a request", take_request(*std::make_unique<abi::Ghcb>()), missing);
    table.row("the registered page", check_page(ghcb, ghcb), none);
    table.row("another page", check_page(ghcb, ghcb + page_bytes), NaeError::NotRegistered);
    table.row("no page", check_page(std::nullopt, Gpa{0}), NaeError::NotRegistered);

    using abi::adyton::HostProperties;
    const auto unknown = NaeError::InvalidEvent;
    HostProperties no_list;
    no_list.add(abi::adyton::HostProperty::NoApicIdList);
    table.row("a known event", check_event(NaeEvent::Terminate, {}), none);
    for (const std::uint64_t number : {0ull, 0x77ull, 0x1'0000'0072ull, 0x8000'ffffull, ~0ull})
        table.row("an unknown event", check_event(NaeEvent{number}, {}), unknown);
    table.row("the list of APIC ids", check_event(NaeEvent::GetApicIds, {}), none);
    table.row("from a host without one", check_event(NaeEvent::GetApicIds, no_list), unknown);

    table.row("CPUID", read_cpuid(complete), none);
    table.row("CPUID without RAX", read_cpuid(with(no_rax)), missing);
    table.row("DR7", read_dr7(complete), none);
    table.row("DR7 without RAX", read_dr7(with(no_rax)), missing);
    table.row("CPUID without RCX", read_cpuid(with(no_rcx)), missing);

    const auto write = [](auto& r) { r.info_1 = 1; };
    const auto write_without = [&](auto without) { return with([&](auto& r) { write(r), without(r); }); };
    table.row("WRMSR", read_msr(with(write)), none);
    table.row("RDMSR without RCX", read_msr(with(no_rcx)), missing);
    table.row("RDMSR needs no RAX", read_msr(with(no_rax)), none);
    table.row("WRMSR without RAX", read_msr(write_without(no_rax)), missing);
    table.row("WRMSR without RDX", read_msr(write_without(no_rdx)), missing);

    const auto out = [](std::uint64_t info, auto change) {
        return with([&](auto& r) { r.info_1 = info, change(r); });
    };
    const auto nothing = [](auto&) {};
    table.row("OUT of no size", read_port_io(out(0x3f8'0000, nothing), ghcb), invalid);
    table.row("OUT without RAX", read_port_io(out(0x3f8'0010, no_rax), ghcb), missing);
    table.row("OUT", read_port_io(out(0x3f8'0010, nothing), ghcb), none);
    table.row("IN needs no RAX", read_port_io(out(0x3f8'0011, no_rax), ghcb), none);
    table.row("OUTS without scratch", read_port_io(out(0x3f8'0014, no_scratch), ghcb), missing);
    table.row("OUTS of all", read_port_io(out(0x3f8'0014, [](auto& r) { r.info_2 = 0x7f0; }), ghcb), none);
    table.row("OUTS of more", read_port_io(out(0x3f8'0014, [](auto& r) { r.info_2 = 0x7f1; }), ghcb),
              scratch);
    table.row("OUTS from the middle",
              read_port_io(out(0x3f8'0014, [](auto& r) { r.info_2 = 0x7f0, r.scratch = buffer + 1; }), ghcb),
              scratch);
    table.row("OUTS of a count that wraps",
              read_port_io(out(0x3f8'0024, [](auto& r) { r.info_2 = 1ull << 63; }), ghcb), scratch);

    const auto bytes = [](std::uint64_t n) { return with([&](auto& r) { r.info_2 = n; }); };
    for (const std::uint64_t good : {1u, 2u, 4u, 8u})
        table.row("device memory", read_device_memory(bytes(good), ghcb), none);
    for (const std::uint64_t bad : {0u, 3u, 16u})
        table.row("device memory of another size", read_device_memory(bytes(bad), ghcb), invalid);
    table.row("device memory without scratch", read_device_memory(with(no_scratch), ghcb), missing);
    table.row("device memory elsewhere",
              read_device_memory(with([](auto& r) { r.info_2 = 8, r.scratch = 0x9000; }), ghcb), scratch);

    table.row("a list", read_page_list(complete, ghcb), none);
    table.row("a list without scratch", read_page_list(with(no_scratch), ghcb), missing);
    table.row("a list in another page", read_page_list(with([](auto& r) { r.scratch = 0x6800; }), ghcb),
              scratch);
    table.row("a list that starts late", read_page_list(with([](auto& r) { r.scratch += 8; }), ghcb), none);
    table.row("a header that ends outside", read_page_list(with([](auto& r) { r.scratch += 0x7ec; }), ghcb),
              scratch);

    table.row("a counter without RCX", read_counter_number(with(no_rcx)), missing);
    table.row("a hypercall", read_hypercall(with([](auto& r) { r.cpl_valid = true; })), none);
    table.row("a hypercall without CPL", read_hypercall(complete), missing);
    table.row("a hypercall without RAX",
              read_hypercall(with([&](auto& r) { r.cpl_valid = true, no_rax(r); })), missing);
    const auto waits = [](NaeEvent event, auto change) {
        return check_monitor(with([&](auto& r) { r.event = event, change(r); }));
    };
    table.row("MONITOR without RDX", waits(NaeEvent::Monitor, no_rdx), missing);
    table.row("MWAIT needs no RDX", waits(NaeEvent::Mwait, no_rdx), none);
    table.row("MWAIT without RCX", waits(NaeEvent::Mwait, no_rcx), missing);
    table.row("a jump table to set", read_jump_table(complete), none);
    table.row("a jump table to get", read_jump_table(with([](auto& r) { r.info_1 = 1; })), none);
    table.row("a jump table to do else with", read_jump_table(with([](auto& r) { r.info_1 = 2; })), invalid);

    const auto ids = [](std::uint64_t at, std::uint64_t pages) {
        return with([&](auto& r) { r.info_1 = at, r.rax = pages; });
    };
    table.row("APIC ids", read_apic_ids(ids(0x7000, 1)), none);
    table.row("APIC ids without RAX", read_apic_ids(with(no_rax)), missing);
    table.row("APIC ids into no page", read_apic_ids(ids(0x7800, 0)), none);
    table.row("APIC ids into half a page", read_apic_ids(ids(0x7800, 1)), invalid);

    const auto message = [](std::uint64_t to, std::uint64_t from) {
        return with([&](auto& r) { r.info_1 = to, r.info_2 = from; });
    };
    table.row("a message", read_message(message(0x7000, 0x8000)), none);
    table.row("answered into itself", read_message(message(0x7000, 0x7000)), missing);
    table.row("a message in no page", read_message(message(0x7001, 0x8000)), missing);
    table.row("an answer in no page", read_message(message(0x7000, 0x8001)), missing);

    const auto room = [](std::uint64_t at, std::uint64_t pages) {
        return with([&](auto& r) { r.rax = at, r.rbx = pages; });
    };
    table.row("room", read_certificate_room(room(0x9000, 4)), none);
    table.row("no room", read_certificate_room(room(0x9001, 0)), none);
    table.row("room without RAX", read_certificate_room(with(no_rax)), missing);
    table.row("room without RBX", read_certificate_room(with(no_rbx)), missing);
    table.row("half a page", read_certificate_room(room(0x9001, 1)), invalid);
    table.row("more than anybody has", read_certificate_room(room(0x9000, 0x1'0001)), invalid);
    table.row("round the end", read_certificate_room(room(~0xfffull, 2)), invalid);
    table.expect_all();
}

TEST(HostEvents, sizes_of_states_depend_on_xcr0) {
    auto request = with([](auto& r) { r.rax = 0xd, r.rcx = 1; });
    EXPECT_EQ(read_cpuid(request).error(), NaeError::MissingInput);
    request.xcr0 = 7;
    request.xcr0_valid = true;
    EXPECT_EQ(read_cpuid(request), (CpuidAsk{0xd, 1, 7}));
}
TEST(HostEvents, inputs_come_out_as_they_went_in) {
    const auto request =
        with([](auto& r) { r.rax = 0x1'8000'001f, r.rcx = 0x2'0000'0001, r.rdx = 7, r.info_1 = 1; });
    EXPECT_EQ(read_cpuid(request), (CpuidAsk{0x8000'001f, 1})) << "registers of 32 bits";
    EXPECT_EQ(read_msr(request), (MsrAsk{1, true, 0x7'8000'001f}));
    EXPECT_EQ(read_msr(complete), (MsrAsk{0, false, 0}));
    EXPECT_EQ(read_run_vmpl(with([](auto& r) { r.info_1 = 0xffff'ffff'0000'0002; })), 2u);
    EXPECT_EQ(read_apic_ids(with([](auto& r) { r.info_1 = 0x7000, r.rax = 2; })), Gpa{0x7000});
    EXPECT_EQ(read_apic_ids(with([](auto& r) { r.info_1 = 0x7000, r.rax = 0; })), std::nullopt);
    EXPECT_EQ(read_message(with([](auto& r) { r.info_1 = 0x7000, r.info_2 = 0x9000; })),
              (MessageAsk{Gpa{0x7000}, Gpa{0x9000}}));
    EXPECT_EQ(read_certificate_room(with([](auto& r) { r.rax = 0x9000, r.rbx = 4; })),
              (GpaRange{Gpa{0x9000}, Gpa{0xd000}}));
}

TEST(HostEvents, counters_and_hypercalls_that_exist) {
    EXPECT_EQ(read_counter(3), 0u);
    EXPECT_EQ(read_counter(4), std::nullopt);
    EXPECT_EQ(answer_hypercall({1, 0}), 0u);
    EXPECT_EQ(answer_hypercall({2, 0}), static_cast<std::uint64_t>(-1000));
    EXPECT_EQ(answer_hypercall({1, 3}), ~0ull);
    EXPECT_EQ(read_jump_table(with([](auto& r) { r.info_2 = 0x7000; })).value(), 0x7000u);
}

TEST(HostEvents, what_kvm_does_not_survive) {
    const auto of = [](NaeEvent event, std::uint64_t info_1 = 0, std::uint64_t info_2 = 0) {
        return ends_kvm(with([&](auto& r) { r.event = event, r.info_1 = info_1, r.info_2 = info_2; }));
    };
    EXPECT_EQ(of(NaeEvent::Unsupported), VmEnd::UnsupportedEvent);
    EXPECT_EQ(of(NaeEvent::Rdtsc), VmEnd::Timestamp);
    EXPECT_EQ(of(NaeEvent::Rdtscp), std::nullopt);
    EXPECT_EQ(of(NaeEvent::Ioio, 0x3f8'0024, 0x4000'0000), VmEnd::StringTooLong);
    EXPECT_EQ(of(NaeEvent::Ioio, 0x3f8'0024, 0x3fff'ffff), std::nullopt);
    EXPECT_EQ(of(NaeEvent::Ioio, 0x3f8'0020, ~0ull), std::nullopt) << "no string has no count";
}

TEST(HostEvents, kvm_takes_any_piece_of_device_memory) {
    const auto three = with([](auto& r) { r.info_2 = 3; });
    EXPECT_FALSE(read_device_memory(three, ghcb, abi::adyton::Host::Strict));
    EXPECT_TRUE(read_device_memory(three, ghcb, abi::adyton::Host::Kvm));
}

TEST(HostEvents, ports) {
    const auto port = [](std::uint64_t info) {
        return *read_port_io(
            with([&](auto& r) { r.info_1 = info, r.rax = 0x1'0000'0041, r.info_2 = 3, r.scratch += 4; }),
            ghcb);
    };
    EXPECT_EQ(port(0x3f8'0010), (PortAsk{0x3f8, 1, false, false, 0x41, 0, 0}));
    EXPECT_EQ(port(0xcf8'0041), (PortAsk{0xcf8, 4, true, false, 0, 0, 0}));
    EXPECT_EQ(port(0x3f8'0024), (PortAsk{0x3f8, 2, false, true, 0, 4, 3}));
}

TEST(HostEvents, device_memory) {
    const auto request = [](NaeEvent event) {
        return with([&](auto& r) { r.event = event, r.info_1 = 0xfec0'0000, r.info_2 = 4, r.scratch += 8; });
    };
    EXPECT_EQ(read_device_memory(request(NaeEvent::MmioRead), ghcb),
              (DeviceMemoryAsk{0xfec0'0000, 4, true, 8}));
    EXPECT_EQ(read_device_memory(request(NaeEvent::MmioWrite), ghcb),
              (DeviceMemoryAsk{0xfec0'0000, 4, false, 8}));
}

}  // namespace
}  // namespace model::host
