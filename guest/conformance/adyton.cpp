// SPDX-License-Identifier: MIT
// The adapter between the suite and a guest of docs/guest-abi.md. No other file of this folder depends
// on that document.
#include <array>

#include "abi/snp/rmp.hpp"
#include "abi/x86/registers.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

extern "C" char __image_begin[], __image_end[];

namespace conf::platform {
namespace {

constexpr std::size_t max_contexts = 512;
constexpr unsigned stack_pages = 4;

/// GS of a context points to `library`, which comes first, because the library uses GS too.
struct Record {
    guest::Vcpu library;
    Context context;
    void (*entry)() = nullptr;
    Gpa stack_top{};
};

constinit Record boot_record{};
constinit std::array<Record, max_contexts> records{};
constinit std::size_t records_used = 0;
constinit Gpa pages_next{}, pages_end{};

Record& this_record() { return reinterpret_cast<Record&>(guest::this_vcpu()); }

[[noreturn]] void first_function() {
    this_record().entry();
    guest::park();
}

}  // namespace

unsigned vcpu_count() { return guest::vcpu_count(); }
unsigned vmpl() { return guest::info().vmpl; }
unsigned c_bit() { return guest::info().c_bit; }
std::uint32_t apic_id(unsigned vcpu) { return guest::info().apic_ids[vcpu]; }
std::uint32_t unknown_apic_id() { return guest::unknown_apic_id(); }
Gpa secrets_page() { return Gpa{guest::info().secrets_gpa}; }
std::uint64_t sev_features() { return abi::SevStatus::Features::get(guest::read_msr(abi::Msr::SevStatus)); }

std::optional<Gpa> take_block() { return guest::allocate_block(); }

Gpa take_pages(unsigned count) {
    if (pages_end - pages_next < count * page_bytes) {
        const auto block = take_block();
        if (!block) guest::fatal("the suite needs more memory");
        pages_next = *block + page_bytes;  // the first page is 2 MiB aligned
        pages_end = *block + large_page_bytes;
    }
    const Gpa first = pages_next;
    pages_next = pages_next + count * page_bytes;
    return first;
}

std::byte* shared_view(Gpa at) { return guest::shared_view(at); }
bool change_page_state(Gpa page, abi::PscOperation operation) {
    return guest::change_page_state(page, operation);
}

Context& self() { return this_record().context; }
abi::Ghcb& ghcb() { return *guest::vcpu(0).ghcb; }
Gpa ghcb_gpa() { return guest::vcpu(0).ghcb_gpa; }

Context new_context(unsigned vcpu, unsigned vmpl) {
    if (records_used == records.size()) guest::fatal("the suite needs more contexts");
    Record& record = records[records_used++];
    record.stack_top = take_pages(stack_pages) + stack_pages * page_bytes;
    record.context = {vcpu, vmpl, take_pages(), take_pages(), &record};
    return record.context;
}

void fill_vmsa(Context& context, void (*entry)()) {
    Record& record = *static_cast<Record*>(context.record);
    record.library.self = &record.library;
    record.library.index = context.vcpu;
    record.context = context;
    record.entry = entry;
    auto& vmsa = *guest::pointer_to<abi::Vmsa>(context.vmsa);
    guest::fill_vmsa(vmsa, record.library, record.stack_top);
    vmsa.vmpl = static_cast<std::uint8_t>(context.vmpl);
    vmsa.rip = reinterpret_cast<std::uintptr_t>(&first_function);
}

void share_program_with(unsigned vmpl) {
    const auto all = abi::RmpAttributes::TargetVmpl::put(vmpl) |
                     abi::RmpAttributes::Permissions::put(abi::Permission::all);
    const auto share = [all](Gpa begin, Gpa end) {
        for (Gpa page = begin; page < end; page = page + page_bytes)
            if (guest::rmpadjust(page.value(), all) != 0) guest::fatal("RMPADJUST refused a page of ours");
    };
    share(guest::gpa_of(__image_begin), guest::gpa_of(__image_end));
    const Gpa boot_region{guest::info().secrets_gpa - abi::adyton::GuestBootLayout::secrets};
    share(boot_region, boot_region + page_bytes);  // the start information
    share(boot_region + abi::adyton::GuestBootLayout::page_tables,
          boot_region + abi::adyton::GuestBootLayout::stack);
    for (std::size_t i = 0; i < records_used; ++i)
        share(records[i].stack_top - stack_pages * page_bytes, records[i].stack_top);
}

namespace {
bool ask_ap_creation(const Context& context, abi::ApCreationRequest request) {
    using abi::ApCreationInfo;
    const auto info1 = ApCreationInfo::Request::put(static_cast<std::uint64_t>(request)) |
                       ApCreationInfo::Vmpl::put(context.vmpl) |
                       ApCreationInfo::ApicId::put(apic_id(context.vcpu));
    return guest::ghcb::event({.event = abi::NaeEvent::ApCreation,
                               .info1 = info1,
                               .info2 = context.vmsa.value(),
                               .rax = sev_features()})
        .has_value();
}
}  // namespace

bool start(const Context& context) {
    // A VMPL of the vCPU that executes this is not to run now: "create on INIT" only names its VMSA.
    const bool own = context.vcpu == self().vcpu;
    return ask_ap_creation(context,
                           own ? abi::ApCreationRequest::CreateOnInit : abi::ApCreationRequest::Create);
}
bool stop(const Context& context) { return ask_ap_creation(context, abi::ApCreationRequest::Destroy); }

void print(std::string_view line) { guest::console::write_line(line); }

}  // namespace conf::platform

std::uint8_t guest_main(const abi::adyton::GuestInfo& info) {
    using namespace conf::platform;
    // From here on GS points into a record of ours, which begins with the library's.
    guest::Vcpu& boot = guest::vcpu(0);
    boot_record.library.self = &boot_record.library;
    boot_record.library.ghcb = boot.ghcb;
    boot_record.library.ghcb_gpa = boot.ghcb_gpa;
    boot_record.context = {0, info.vmpl, Gpa{}, Gpa{info.calling_area_gpa}, &boot_record};
    guest::write_msr(abi::Msr::GsBase, guest::gpa_of(&boot_record.library).value());
    return static_cast<std::uint8_t>(conf::run_suite() == 0 ? 0 : 1);
}
