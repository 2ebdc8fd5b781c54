// SPDX-License-Identifier: MIT
// Names from Linux's arch/x86/include/asm/sev-common.h; the meanings were read from the places that use them.
#include "tools/verdict/termination.hpp"

#include <algorithm>

namespace tools::verdict {

constexpr std::array<TerminationReason, 16> termination_reasons{{
    {general_set, 0, "GHCB_SEV_ES_GEN_REQ", "an exception or a reply that it cannot handle",
     "A #VC came for something that the kernel has no handler for, or the answer to one made no sense.",
     "Its last lines (\"Unsupported exit-code\"), and the last events below: \"not-validated\" names a page "
     "that the "
     "memory map should not call RAM."},
    {general_set, 1, "GHCB_SEV_ES_PROT_UNSUPPORTED", "no common version of the GHCB protocol",
     "The host's range of versions has neither 1 nor 2 in it, or its answer was none.",
     "The host's answer to request 0x002 in the GHCB MSR."},
    {general_set, 2, "GHCB_SNP_UNSUPPORTED", "SNP is incomplete, or has features it does not know",
     "The host does not offer SNP, the CC blob has no magic number, or SEV_STATUS has bits that this kernel "
     "must not ignore.",
     "Bit 0 of the host's features (request 0x080), the CC blob's first word (0x45444d41), SEV_FEATURES of "
     "the VMSA."},
    {linux_set, 0, "GHCB_TERM_REGISTER", "the host did not register its GHCB",
     "The answer to a registration names another page, or none.",
     "The host's answer to request 0x012 in the GHCB MSR."},
    {linux_set, 1, "GHCB_TERM_PSC", "the host refused to change the state of a page",
     "A page state change failed: by MSR with an error, by list with an error or with a list that went "
     "backwards.",
     "The host's answer to request 0x014 or event 0x80000010, and what it knows about that page."},
    {linux_set, 2, "GHCB_TERM_PVALIDATE", "PVALIDATE failed",
     "The SVSM did not validate or give back a page, or no SVSM answered the call at all.",
     "The call's result (adyton trace --focus call:pvalidate), and whether svsm_caa in the secrets page is "
     "the calling area that the SVSM reads."},
    {linux_set, 3, "GHCB_TERM_NOT_VMPL0", "it needs VMPL0",
     "It may not execute RMPADJUST, so it is not at VMPL0, and what it needs for another level is missing: a "
     "CC blob, a host that runs several VMPLs, or knowledge of SVSMs, which begins with Linux 6.11.",
     "The kernel's version: one before 6.11 runs with --vmpl 0 only. Otherwise setup_data of the boot parameters "
     "(type 7), bit 5 of the host's features (request 0x080)."},
    {linux_set, 4, "GHCB_TERM_CPUID", "the CPUID page is unusable",
     "The CC blob names no CPUID page of 4096 bytes, or the page has no entries or more than 64.",
     "cpuid_phys and cpuid_len of the CC blob, and the first word of the page."},
    {linux_set, 5, "GHCB_TERM_CPUID_HV", "the host did not answer CPUID",
     "Functions 1, 0xB and 0x8000001E have parts that only the host knows, such as the APIC id.",
     "The host's answer to request 0x004 in the GHCB MSR or to event 0x72."},
    {linux_set, 6, "GHCB_TERM_SECRETS_PAGE", "there is no secrets page",
     "The kernel is not at VMPL0, and the CC blob names no secrets page of 4096 bytes.",
     "secrets_phys and secrets_len of the CC blob."},
    {linux_set, 7, "GHCB_TERM_NO_SVSM", "there is no SVSM",
     "The kernel is not at VMPL0, but svsm_size in the secrets page is 0.",
     "The secrets page from 0x140 on: did the SVSM fill it in, and is it the one that the CC blob names?"},
    {linux_set, 8, "GHCB_TERM_SVSM_VMPL0", "the SVSM says that the kernel is at VMPL0",
     "svsm_guest_vmpl in the secrets page is 0.", "The byte at 0x15C of the secrets page."},
    {linux_set, 9, "GHCB_TERM_SVSM_CAA", "the calling area is not a page",
     "svsm_caa in the secrets page is not a multiple of 4096.", "The quadword at 0x150 of the secrets page."},
    {linux_set, 10, "GHCB_TERM_SECURE_TSC", "Secure TSC could not be set up",
     "SEV_STATUS says Secure TSC, but the AMD-SP did not answer the request for the clock's parameters.",
     "Bit 11 of SEV_STATUS, and guest requests of type 17."},
    {linux_set, 11, "GHCB_TERM_SVSM_CA_REMAP_FAIL", "the SVSM refused a new calling area",
     "The first REMAP_CA of the kernel proper failed, or no SVSM answered the call.",
     "The call's result (adyton trace --focus call:remap_ca), and the host's answer to request 0x016."},
    {linux_set, 12, "GHCB_TERM_SAVIC_FAIL", "Secure AVIC could not be set up",
     "SEV_STATUS says Secure AVIC, but the host refused what the kernel needs for it.",
     "Bit 18 of SEV_STATUS, and whether the APIC is in x2APIC mode."},
}};

const TerminationReason* find_termination(std::uint64_t set, std::uint64_t code) {
    const auto* const found = std::ranges::find_if(termination_reasons, [&](const TerminationReason& reason) {
        return reason.set == set && reason.code == code;
    });
    return found == termination_reasons.end() ? nullptr : &*found;
}

}  // namespace tools::verdict
