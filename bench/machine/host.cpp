// SPDX-License-Identifier: MIT
#include "bench/machine/host.hpp"

#include <cstring>

#include "abi/adyton/guest_info.hpp"
#include "abi/snp/exit_code.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "abi/x86/paging.hpp"
#include "bench/machine/cpu.hpp"

extern "C" void vc_entry();
extern "C" void load_segments(const abi::DescriptorTablePointer& gdt);

namespace bench {
namespace {

using abi::IoioInfo, abi::NaeEvent;

constinit abi::Ghcb page __attribute__((aligned(4096))){};
constinit abi::Gate gates[32]{};
constinit std::uint64_t segments[3]{0, abi::DescriptorValue::code64, abi::DescriptorValue::data};
constinit std::uint64_t to_gpa = 0;  ///< what is to be added to a virtual address
constinit std::uint64_t c_mask = 0;

std::uint64_t gpa_of(const void* at) { return reinterpret_cast<std::uint64_t>(at) + to_gpa; }

/// The entry for `va` in the table that maps the program; its tables lie in the region that they map.
std::uint64_t& table_entry(std::uint64_t root, std::uint64_t va) {
    std::uint64_t table = root;
    for (unsigned level = 4;; --level) {
        auto& entry = reinterpret_cast<std::uint64_t*>(table - to_gpa)[abi::table_index(va, level)];
        if (level == 1) return entry;
        table = entry & abi::Pte::address_mask & ~c_mask;
    }
}

void put(std::uint64_t& field, std::uint64_t value) {
    field = value;
    const auto bit = static_cast<unsigned>((gpa_of(&field) - gpa_of(&page)) / sizeof field);
    page.valid_bitmap[bit / 64] |= 1ull << bit % 64;
}

void fill(NaeEvent code, std::uint64_t info_1, std::uint64_t info_2) {
    page.valid_bitmap[0] = page.valid_bitmap[1] = 0;
    put(page.sw_exit_code, static_cast<std::uint64_t>(code));
    put(page.sw_exit_info_1, info_1);
    put(page.sw_exit_info_2, info_2);
}

std::uint64_t request(abi::GhcbInfo info) { return static_cast<std::uint64_t>(info); }

bool change_owner(std::uint64_t gpa, abi::PscOperation operation) {
    const auto asked = abi::GhcbMsr::PscOperation::put(static_cast<std::uint64_t>(operation)) | gpa |
                       request(abi::GhcbInfo::PscRequest);
    return exchange(asked) == request(abi::GhcbInfo::PscResponse);
}

/// From private to shared: rights first, then the owner, then how it is mapped.
bool share(std::uint64_t root, void* at) {
    const auto va = reinterpret_cast<std::uint64_t>(at);
    if (pvalidate(va, false) != 0 || !change_owner(gpa_of(at), abi::PscOperation::Shared)) return false;
    table_entry(root, va) &= ~c_mask;
    invlpg(va);
    std::memset(at, 0, page_bytes);
    return true;
}

void install_tables() {
    load_segments({sizeof segments - 1, reinterpret_cast<std::uint64_t>(segments)});
    constexpr auto vc = static_cast<unsigned>(abi::Vector::Vc);
    gates[vc] = abi::interrupt_gate(reinterpret_cast<std::uint64_t>(vc_entry), 0x08, 0);
    load_idt({sizeof gates - 1, reinterpret_cast<std::uint64_t>(gates)});
}

}  // namespace

std::uint64_t exchange(std::uint64_t asked) {
    ask(asked);
    return read_msr(abi::Msr::Ghcb);
}

void init(const abi::adyton::BootBlock& block) {
    to_gpa = block.region_gpa - abi::adyton::svsm_link_base;
    c_mask = 1ull << block.c_bit;
    install_tables();
    guard_kernel();
    if (!share(block.page_table_gpa, &page)) end(1);
    page.protocol_version = abi::ghcb_version;
    const auto accepted = gpa_of(&page) | request(abi::GhcbInfo::RegisterGhcbResponse);
    if (exchange(gpa_of(&page) | request(abi::GhcbInfo::RegisterGhcbRequest)) != accepted) end(2);
}

bool take_page(std::uint64_t va) {
    return change_owner(va + to_gpa, abi::PscOperation::Private) && pvalidate(va, true) == 0;
}

void event(NaeEvent code, std::uint64_t info_1) {
    fill(code, info_1, 0);
    ask(gpa_of(&page));
}

void say(std::string_view text) {
    std::memcpy(page.shared_buffer, text.data(), text.size());
    fill(NaeEvent::Ioio,
         IoioInfo::Port::put(abi::adyton::console_port) | IoioInfo::String::mask | IoioInfo::Rep::mask |
             IoioInfo::Size8::mask | IoioInfo::Address64::mask,
         text.size());
    put(page.sw_scratch, gpa_of(page.shared_buffer));
    ask(gpa_of(&page));
}

void end(std::uint8_t value) {
    fill(NaeEvent::Ioio, IoioInfo::Port::put(abi::adyton::report_port) | IoioInfo::Size8::mask, 0);
    put(page.rax, value);
    ask(gpa_of(&page));
    for (;;) asm volatile("hlt");
}

}  // namespace bench

/// Registers as vc_entry pushes them, the last one first.
struct VcFrame {
    std::uint64_t r11, r10, r9, r8, rdi, rsi, rbx, rdx, rcx, rax, error, rip;
};

extern "C" void serve_vc(VcFrame& frame) {
    using namespace bench;
    constexpr std::uint64_t cpuid_bytes = 2, in_bytes = 1;
    if (frame.error == static_cast<std::uint64_t>(abi::ExitCode::Cpuid)) {
        fill(NaeEvent::Cpuid, 0, 0);
        put(page.rax, frame.rax);
        put(page.rcx, frame.rcx);
        ask(gpa_of(&page));
        frame.rbx = page.rbx;
        frame.rcx = page.rcx;
        frame.rdx = page.rdx;
        frame.rip += cpuid_bytes;
    } else if (frame.error == static_cast<std::uint64_t>(abi::ExitCode::Ioio)) {
        fill(NaeEvent::Ioio,
             IoioInfo::Port::put(frame.rdx & 0xffff) | IoioInfo::In::mask | IoioInfo::Size8::mask, 0);
        ask(gpa_of(&page));
        frame.rip += in_bytes;
    } else {
        end(3);
    }
    frame.rax = page.rax;
}
