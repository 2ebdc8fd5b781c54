// SPDX-License-Identifier: MIT
#include "tools/verdict/firmware.hpp"

#include <algorithm>
#include <array>

#include "tools/support/terminal.hpp"

namespace tools::verdict {
namespace {

struct Reason {
    std::uint64_t set, code;
    std::string_view summary, hint;
};
/// OVMF has one number for all that it meets behind its reset vector.
constexpr std::array reasons{
    Reason{0, 0, "something that it cannot handle",
           "The last events below. OVMF gives this number for each refusal: of a page state change, a page that is "
           "valid already or was not validated, an answer that it does not expect. With 2025.02 the SVSM's region "
           "must lie at the end of low memory."},
    Reason{1, 1, "an exception in its reset vector that is no CPUID",
           "The first instructions, in 32-bit mode, know #VC for CPUID alone: a nested fault or another exception came."},
    Reason{1, 2, "an answer to its reset vector that makes no sense",
           "The host's answer to request 0x004 in the GHCB MSR, or a CPUID page without an entry that it needs."}};

const Reason* find(std::uint64_t set, std::uint64_t code) {
    const auto* const found = std::ranges::find_if(
        reasons, [&](const Reason& each) { return each.set == set && each.code == code; });
    return found == reasons.end() ? nullptr : found;
}

struct Item {
    std::uint64_t number;
    std::string_view name;
};
/// The files are those that `adyton run firmware` brings, in their order. [QEMU "fw_cfg"]
constexpr std::array items{Item{0x00, "signature"},
                           Item{0x01, "features"},
                           Item{0x05, "number of vCPUs"},
                           Item{0x08, "size of the kernel"},
                           Item{0x0b, "size of the initrd"},
                           Item{0x0e, "boot menu"},
                           Item{0x0f, "most vCPUs"},
                           Item{0x11, "kernel"},
                           Item{0x12, "initrd"},
                           Item{0x14, "size of the command line"},
                           Item{0x15, "command line"},
                           Item{0x17, "size of the kernel's setup part"},
                           Item{0x18, "the kernel's setup part"},
                           Item{0x19, "directory of files"},
                           Item{0x20, "etc/bios_gpa"},
                           Item{0x21, "etc/bios_size"},
                           Item{0x22, "etc/e820, the map of memory"},
                           Item{0x23, "etc/acpi/rsdp"},
                           Item{0x24, "etc/acpi/tables"},
                           Item{0x25, "etc/table-loader"}};

std::string look(std::string_view hint) {
    constexpr std::string_view label = "    look: ";
    return folded(hint, label, std::string(label.size(), ' '), 77);
}

}  // namespace

std::string_view firmware_reason(std::uint64_t set, std::uint64_t code) {
    const Reason* const reason = find(set, code);
    return reason == nullptr ? "" : reason->summary;
}

std::string firmware_item_block(const qemu::MachineChannel& channel) {
    const auto number = channel.counter("firmware_item");
    if (!number) return "";
    const auto* const found = std::ranges::find(items, *number, &Item::number);
    return formatted("  firmware configuration\n    last item asked for: {:#x}, {}\n", *number,
                     found == items.end() ? "which is not there" : found->name);
}

std::string firmware_block(const qemu::Verdict& verdict, const Subject& subject) {
    const bool is_of_svsm = subject.vmpl != 0u && (verdict.number("vmpl") == 0 || verdict.number("launch") == 1);
    if (is_of_svsm) return "";
    if (const auto kind = verdict.text("kind"); kind == "shutdown")
        return "  about firmware\n" +
               look("An exception came while it could handle none: before its page tables, a wrong table or a page "
                    "that it does not own; after ExitBootServices it is the kernel's.");
    const auto set = verdict.number("set"), code = verdict.number("code");
    if (verdict.text("kind") != "terminate" || !set || !code) return "";
    const Reason* const reason = find(*set, *code);
    if (reason == nullptr) return "";
    return formatted("  what OVMF means\n    set {}, code {}: it met {}\n", *set, *code, reason->summary) +
           look(reason->hint);
}

}  // namespace tools::verdict
