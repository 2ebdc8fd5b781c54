// SPDX-License-Identifier: MIT
#include "tools/verdict/stops.hpp"

namespace tools::verdict {

using qemu::Verdict;

namespace {

/// "not-enough-words" as the machine writes them, as people read them.
std::string words(std::string text) {
    for (char& c : text)
        if (c == '-') c = ' ';
    return text;
}

/// " (of SEV_FEATURES bit 5, 9)"
std::string bits_of(std::uint64_t features) {
    std::string text;
    for (unsigned bit = 0; bit < 64; ++bit)
        if ((features >> bit & 1) != 0) text += formatted("{}{}", text.empty() ? "" : ", ", bit);
    return text.empty() ? "" : formatted(" (of SEV_FEATURES bit {})", text);
}

std::string c_bit_sentence(const Verdict& verdict) {
    return formatted(
        "the image was built for C-bit {}, and the machine has C-bit {}; build the image with --c-bit {}, or "
        "start the machine with c-bit={}",
        verdict.text("image"), verdict.text("machine"), verdict.text("machine"), verdict.text("image"));
}

/// With the AMD-SP's status, where the AMD-SP refused.
std::string bad_image_sentence(const Verdict& verdict) {
    const auto status = verdict.number("status").value_or(0);
    return formatted("the machine refuses the image: {}{}", words(verdict.text("reason")),
                     status == 0 ? "" : formatted(" (status {:#04x} of the AMD-SP)", status));
}

std::string impossible_c_bit_sentence(const Verdict& verdict) {
    return formatted(
        "the machine cannot have C-bit {}: {} MiB of memory, and nested tables of {} levels; choose another "
        "with --c-bit, or less --memory",
        verdict.text("machine"), verdict.number("memory").value_or(0) >> 20, verdict.text("levels"));
}

}  // namespace

std::string place(const Verdict& verdict) {
    return formatted("CPU {} at VMPL{}", verdict.text("cpu"), verdict.text("vmpl"));
}

std::string stop_sentence(const Verdict& verdict) {
    if (verdict.text("kind") == "shutdown") return "a triple fault on " + place(verdict);
    if (verdict.text("kind") == "invalid")
        return formatted("VMRUN was refused on {}: {}{}", place(verdict), words(verdict.text("reason")),
                         bits_of(verdict.number("features").value_or(0)));
    if (verdict.text("kind") == "host-ends")
        return formatted("the host ended the VM on {}: {}", place(verdict), words(verdict.text("why")));
    if (verdict.text("kind") == "denied")
        return formatted(
            "{} tries without end to {} {}: its rights there do not allow it, and a host that is KVM does "
            "not tell it so",
            place(verdict), verdict.text("access"), verdict.text("gpa"));
    if (verdict.text("kind") == "deadlock") return "every vCPU rests, and nothing is left to wake one";
    if (verdict.text("kind") == "fault")
        return formatted("{} on {}", words(verdict.text("what")), place(verdict));
    if (verdict.text("kind") == "internal")
        return "a fault of the machine itself: " + words(verdict.text("what"));
    return formatted("an unknown verdict '{}'", verdict.text("kind"));
}

std::string why_no_machine(const Verdict& verdict, std::string_view qemu_cpu) {
    const std::string kind = verdict.text("kind");
    if (kind == "no-svm")
        return formatted("QEMU's CPU model {} has no AMD-V (SVM) with nested paging; use --qemu-cpu EPYC",
                         qemu_cpu);
    if (kind == "no-bmi")
        return formatted(
            "QEMU's CPU model {} lacks BMI1, BMI2 or MOVBE, with which the machine measures the launch; use "
            "--qemu-cpu EPYC",
            qemu_cpu);
    if (kind == "bad-image") return bad_image_sentence(verdict);
    if (kind == "low-memory")
        return formatted("the machine needs {} MiB of memory; give it more with --memory",
                         (verdict.number("need").value_or(0) + 0xfffff) >> 20);
    if (kind == "c-bit") return c_bit_sentence(verdict);
    return kind == "c-bit-impossible" ? impossible_c_bit_sentence(verdict) : "";
}

}  // namespace tools::verdict
