// SPDX-License-Identifier: MIT
// The bench guest: known calls in a known order on the boot vCPU. It measures nothing itself; behind each
// phase it prints how often it entered VMPL0 and for how many units of work. The program that counts the
// instructions of VMPL0 tells the calls apart by their order (docs/bench.md):
//
//   bench: NAME ENTRIES UNITS
#include <array>

#include "abi/svsm/attestation.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"
#include "guest/lib/svsm.hpp"

using abi::CoreCall;
using abi::Validity;
using guest::svsm::call_id;
using guest::svsm::Registers;

namespace {

constexpr unsigned switches = 100, queries = 1000, remaps = 100, lists = 2, single_pages = 50, vcpus = 20,
                   reports = 5;
constexpr std::uint16_t long_list_entries = 510;  // what fits behind the calling area's first 8 bytes
constexpr unsigned most_blocks = 16;

/// How often VMPL0 was entered since the last phase ended.
constinit unsigned entries = 0;

void end_phase(std::string_view name, unsigned units) {
    guest::say("bench: {} {} {}", name, entries, units);
    entries = 0;
}

/// Like guest::svsm::call, but every entry is counted: INCOMPLETE makes one call several. Returns RAX.
std::uint64_t call(Registers registers) {
    const std::uint64_t id = registers.rax;
    for (;;) {
        ++entries;
        const auto done = guest::svsm::exchange(registers);
        if (done.ghcb_msr != guest::svsm::run_vmpl_done || done.pending != 0)
            guest::fatal("a call was not executed");
        registers = done.registers;
        const auto answer = static_cast<abi::SvsmError>(registers.rax);
        if (answer != abi::SvsmError::Incomplete && answer != abi::SvsmError::Busy) return registers.rax;
        registers.rax = id;
    }
}

void must(std::uint64_t rax, std::string_view what) {
    if (rax != abi::svsm_success) guest::fatal(what);
}

void query() {
    must(call({.rax = call_id(CoreCall::QueryProtocol), .rcx = abi::core_protocol_version}),
         "QUERY_PROTOCOL failed");
}

/// Into VMPL0 and out again with no call pending.
void null_switch() {
    ++entries;
    (void)guest::svsm::exchange({}, 0);
}

void remap(Gpa area) {
    must(call({.rax = call_id(CoreCall::RemapCa), .rcx = area.value()}), "REMAP_CA failed");
    guest::this_vcpu().calling_area = area;
}

/// One PVALIDATE with the pages `page(0)` .. `page(count - 1)`.
template <class Page>
void pvalidate(std::uint16_t count, PageSize size, Validity action, Page page) {
    auto& list = guest::svsm::calling_area_list();
    list.header = {count, 0, 0};
    for (unsigned i = 0; i < count; ++i)
        list.entries[i] = guest::svsm::pvalidate_entry(page(i), size, action);
    must(call({.rax = call_id(CoreCall::Pvalidate), .rcx = guest::gpa_of(&list).value()}),
         "PVALIDATE failed");
    if (list.header.next != count) guest::fatal("PVALIDATE stopped early");
}

/// Takes the pages away and back again.
template <class Page>
void pvalidate_phases(std::string_view rescind, std::string_view validate, std::uint16_t count, PageSize size,
                      Page page) {
    pvalidate(count, size, Validity::Rescind, page);
    end_phase(rescind, count);
    pvalidate(count, size, Validity::Validate, page);
    end_phase(validate, count);
}

void pvalidate_all(Gpa block) {
    const auto small = [&](unsigned i) { return block + i * page_bytes; };
    for (unsigned i = 0; i < lists; ++i)
        pvalidate_phases("pvalidate.4k.rescind", "pvalidate.4k", long_list_entries, PageSize::Size4K, small);
    for (unsigned i = 0; i < single_pages; ++i)
        pvalidate_phases("pvalidate.single.rescind", "pvalidate.single", 1, PageSize::Size4K, small);

    std::array<Gpa, most_blocks> blocks{};
    std::uint16_t count = 0;
    while (count < most_blocks) {
        const auto next = guest::allocate_block();
        if (!next) break;
        blocks[count++] = *next;
    }
    const auto large = [&](unsigned i) { return blocks[i]; };
    for (unsigned i = 0; i < lists && count != 0; ++i)
        pvalidate_phases("pvalidate.2m.rescind", "pvalidate.2m", count, PageSize::Size2M, large);
}

/// The last vCPU comes and goes; it never runs. Nothing to measure with a single vCPU.
void create_and_delete() {
    const unsigned last = guest::vcpu_count() - 1;
    if (last == 0) return;
    const Gpa vmsa = guest::allocate_pages(), area = guest::allocate_pages();
    for (unsigned i = 0; i < vcpus; ++i) {
        guest::fill_vmsa(*guest::pointer_to<abi::Vmsa>(vmsa), guest::this_vcpu(), area);
        must(
            call(
                {.rax = call_id(CoreCall::CreateVcpu), .rcx = vmsa.value(), .rdx = area.value(), .r8 = last}),
            "CREATE_VCPU failed");
        end_phase("create_vcpu", 1);
        if (call({.rax = call_id(CoreCall::DeleteVcpu), .rcx = vmsa.value()}) != abi::svsm_success) {
            guest::say("# no DELETE_VCPU");
            entries = 0;
            return;
        }
        end_phase("delete_vcpu", 1);
    }
}

/// Reports without certificates, which are the host's. Nothing to measure under an SVSM that gives none.
void attest() {
    const Gpa nonce = guest::allocate_pages(), report = guest::allocate_pages(),
              manifest = guest::allocate_pages();
    auto& asked =
        *guest::pointer_to<abi::AttestServices>(guest::this_vcpu().calling_area + sizeof(abi::CallingArea));
    for (unsigned i = 0; i < reports; ++i) {
        asked = {.report = {report.value(), page_bytes, 0},
                 .nonce_gpa = nonce.value(),
                 .nonce_bytes = abi::attestation_nonce_bytes,
                 .manifest = {manifest.value(), page_bytes, 0}};
        const auto id =
            call_id(abi::attestation_protocol, static_cast<std::uint32_t>(abi::AttestationCall::Services));
        if (call({.rax = id, .rcx = guest::gpa_of(&asked).value()}) != abi::svsm_success) {
            guest::say("# no report");
            entries = 0;
            return;
        }
        end_phase("attest_services", 1);
    }
}

/// TSC ticks of `rounds` times `work`: only their ratio means anything.
template <class Work>
std::uint64_t ticks(unsigned rounds, Work work) {
    const std::uint64_t begin = __builtin_ia32_rdtsc();
    for (unsigned i = 0; i < rounds; ++i) work();
    return __builtin_ia32_rdtsc() - begin;
}

void ratios(Gpa other_area) {
    const Gpa areas[] = {other_area, guest::this_vcpu().calling_area};
    unsigned turn = 0;
    const auto null = ticks(queries, null_switch);
    guest::say("bench-ratio: query_protocol {}", ticks(queries, query) * 100 / null);
    guest::say("bench-ratio: remap_ca {}", ticks(queries, [&] { remap(areas[turn++ % 2]); }) * 100 / null);
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    const auto block = guest::allocate_block();
    if (!block) guest::fatal("no 2 MiB of memory");
    const Gpa other_area = guest::allocate_pages();
    const Gpa areas[] = {other_area, guest::this_vcpu().calling_area};

    for (unsigned i = 0; i < switches; ++i) null_switch();
    end_phase("null", switches);
    for (unsigned i = 0; i < queries; ++i) query();
    end_phase("query_protocol", queries);
    for (unsigned i = 0; i < remaps; ++i) remap(areas[i % 2]);
    end_phase("remap_ca", remaps);
    pvalidate_all(*block);
    create_and_delete();
    attest();
    ratios(other_area);
    return 0;
}
