// SPDX-License-Identifier: MIT
// All that the suite needs beside the calls that it checks. Another SVSM needs these functions and nothing
// else. `adyton.cpp` has them for docs/guest-abi.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/snp/ghcb.hpp"
#include "abi/snp/vmsa.hpp"
#include "base/address.hpp"

namespace conf {

/// A software context: one vCPU at one VMPL, or the pages for it.
struct Context {
    unsigned vcpu = 0;  ///< 0 is the boot vCPU
    unsigned vmpl = 0;
    Gpa vmsa{};          ///< zero for the context that the SVSM has launched: no check uses its VMSA
    Gpa calling_area{};  ///< the suite moves it; calls of this context are announced there
    void* record = nullptr;  ///< whatever the adapter needs to find the context that executes
};

namespace platform {

[[nodiscard]] unsigned vcpu_count();
/// VMPL at which the suite was started, 1 to 3.
[[nodiscard]] unsigned vmpl();
[[nodiscard]] unsigned c_bit();
/// APIC ID of a vCPU, and one that no vCPU of this machine has.
[[nodiscard]] std::uint32_t apic_id(unsigned vcpu);
[[nodiscard]] std::uint32_t unknown_apic_id();
/// The secrets page that the SVSM has prepared. [SVSM "Secrets Page"]
[[nodiscard]] Gpa secrets_page();
/// SEV_FEATURES of the boot vCPU's VMSA.
[[nodiscard]] std::uint64_t sev_features();

/// Validated private pages in a row, writable, zero; never 2 MiB aligned, because a VMSA must not be. They do
/// not come back.
[[nodiscard]] Gpa take_pages(unsigned count = 1);
/// 2 MiB of the same, aligned, and one page for the RMP as far as the platform can tell; empty when there
/// are no more.
[[nodiscard]] std::optional<Gpa> take_block();
/// The page or byte at `at`, seen without the C-bit.
[[nodiscard]] std::byte* shared_view(Gpa at);
/// Page state change of a 4 KiB page by the hypervisor. [GHCB "Page State Change"]
[[nodiscard]] bool change_page_state(Gpa page, abi::PscOperation operation);

/// The context that executes this.
[[nodiscard]] Context& self();
/// GHCB page of the boot vCPU: shared, registered, mapped without C-bit.
[[nodiscard]] abi::Ghcb& ghcb();
[[nodiscard]] Gpa ghcb_gpa();

/// Takes all pages that a context needs; its VMSA is not filled in yet.
[[nodiscard]] Context new_context(unsigned vcpu, unsigned vmpl);
/// Writes a VMSA that, when it runs, calls `entry` on an own stack with `self()` being this context.
void fill_vmsa(Context& context, void (*entry)());
/// Lets `vmpl` use the memory in which program, page tables and stacks of the suite are; only for less
/// privileged VMPLs than our own.
void share_program_with(unsigned vmpl);

/// Asks the hypervisor to run the VMSA on the vCPU and VMPL that the context names; for another VMPL of the
/// executing vCPU, to have it ready for Run VMPL. False: it refused. [GHCB "SNP AP Creation"]
[[nodiscard]] bool start(const Context& context);
/// Asks the hypervisor to forget the context's VMSA.
[[nodiscard]] bool stop(const Context& context);

/// Writes one line. Boot vCPU only.
void print(std::string_view line);

}  // namespace platform
}  // namespace conf
