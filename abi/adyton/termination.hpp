// SPDX-License-Identifier: MIT
// Why the SVSM asked the hypervisor to end the machine; docs/termination-codes.md has the long form.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace abi::adyton {

/// Reason set of the GHCB termination request: the one the specification leaves to vendors.
inline constexpr std::uint8_t termination_set = 15;

enum class Termination : std::uint8_t {
    Panic = 0,
    OutOfMemory = 1,
    Exception = 2,
    PageStateChange = 3,
    OwnMemory = 4,
    GhcbVersion = 5,
    HypervisorReply = 6,
    HypervisorFeatures = 7,
    NotVmpl0 = 8,
    SevFeatures = 9,
    CpuidTable = 10,
    SecretsPage = 11,
    BootBlock = 12,
    GhcbRegistration = 13,
    ApTimeout = 14,
    ApCreation = 15,
    GuestMemory = 16,
    GuestLaunch = 17,
    CBit = 18,
    NoInvlpgb = 19,
    OwnMemoryTaken = 20,
    ApicIds = 21,
    NoOwnReport = 22,
    PolicyDebug = 23,
    PolicyPageMoves = 24,
    PolicyLaxer = 25,
    TcbFloor = 26,
    NoClock = 27,
    FirmwareMemory = 28,
};

/// The sentence that `adyton run` prints for each code.
inline constexpr std::array<std::string_view, 29> termination_text{
    "an internal check of the SVSM failed (see its last console line)",
    "the SVSM ran out of its own memory; give it a larger region or fewer vCPUs",
    "an exception in the SVSM that it cannot handle",
    "the hypervisor refused to change the state of a page",
    "the SVSM could not validate or protect its own memory",
    "the hypervisor does not speak GHCB protocol version 2",
    "a reply of the hypervisor was malformed",
    "the hypervisor lacks SNP or AP creation",
    "the SVSM does not run at VMPL0",
    "SEV_FEATURES of the SVSM are not the ones it was built for",
    "the CPUID page is unusable",
    "the secrets page is unusable",
    "the boot block or memory map of the image is unusable",
    "the hypervisor refused to register a GHCB",
    "an application processor did not come up in time",
    "the hypervisor refused to create an application processor",
    "the guest's memory could not be validated or handed over",
    "the hypervisor refused to run the guest; it needs several VMPLs, which upstream KVM lacks",
    "the image was built for another C-bit position; rebuild it with --c-bit",
    "the CPU lacks INVLPGB, without which revoked rights linger in TLBs",
    "the hypervisor took a page of the SVSM while the guest's memory was prepared",
    "the hypervisor's list of APIC ids contradicts the image's count of vCPUs, or itself",
    "the AMD-SP gave the SVSM no report about its own launch",
    "the launch lets the host debug the guest, and the image does not",
    "the launch lets the host move pages, and the image relies on pages that stay",
    "the launch's policy gives the host more than the image's",
    "the chip's firmware is older than the image's floor",
    "the AMD-SP gave the SVSM no clock for Secure TSC",
    "the host's memory does not fit the image's firmware; build it for this memory",
};

}  // namespace abi::adyton
