// SPDX-License-Identifier: MIT
#include "tools/report/form.hpp"

#include <array>
#include <cstddef>

#include "abi/snp/policy.hpp"
#include "base/result.hpp"

namespace tools::attestation {
namespace {

using Raw = abi::AttestationReport;
using Step = Result<void>;

constexpr std::uint32_t first_version = 2, last_version = 5;
using abi::first_report_with_family, abi::first_report_with_vectors;

/// Bytes that are zero in the reports of these versions.
struct Reserved {
    std::size_t begin, end;
    std::uint32_t from = first_version, to = last_version;
};
constexpr std::array reserved{
    Reserved{offsetof(Raw, reserved_04c), offsetof(Raw, report_data)},
    Reserved{offsetof(Raw, family), offsetof(Raw, reserved_18b), first_version, first_report_with_family - 1},
    Reserved{offsetof(Raw, reserved_18b), offsetof(Raw, chip_id)},
    Reserved{offsetof(Raw, current_firmware) + 3, offsetof(Raw, committed_firmware)},
    Reserved{offsetof(Raw, committed_firmware) + 3, offsetof(Raw, launch_tcb)},
    Reserved{offsetof(Raw, launch_mit_vector), offsetof(Raw, reserved_208), first_version,
             first_report_with_vectors - 1},
    Reserved{offsetof(Raw, reserved_208), offsetof(Raw, signature)},
    // Numbers of 48 bytes in 72, and the room behind them.
    Reserved{offsetof(Raw, signature.r) + 48, offsetof(Raw, signature.s)},
    Reserved{offsetof(Raw, signature.s) + 48, sizeof(Raw)},
};

Step check_size(Bytes file, const std::string& name) {
    constexpr std::size_t message_header = 0x20;
    if (file.size() == sizeof(Raw)) return {};
    if (file.size() == message_header + sizeof(Raw))
        return problem(
            "{} has {:#x} bytes, a report {:#x}; if it is the AMD-SP's message, leave out its first {:#x}",
            name, file.size(), sizeof(Raw), message_header);
    return problem("{} is no report: it has {:#x} bytes, and a report has {:#x}", name, file.size(),
                   sizeof(Raw));
}

Step check_version(const Raw& raw, const std::string& name) {
    if (raw.version >= first_version && raw.version <= last_version) return {};
    return problem("{}: byte {:#x}: version {} of the report is not known; {} to {} are", name,
                   offsetof(Raw, version), raw.version, first_version, last_version);
}

Step check_reserved(Bytes file, std::uint32_t version, const std::string& name) {
    for (const Reserved& range : reserved) {
        if (version < range.from || version > range.to) continue;
        for (std::size_t at = range.begin; at < range.end; ++at)
            if (file[at] != std::byte{})
                return problem("{}: byte {:#x} is reserved in version {} and must be zero, but is {:#x}",
                               name, at, version, std::to_integer<unsigned>(file[at]));
    }
    return {};
}

/// A word of bits, of which only those of `known` may be set.
struct Word {
    std::string_view title;
    std::size_t offset;
    std::uint64_t value, known;
};

Step check_words(const Raw& raw, const std::string& name) {
    using P = abi::PlatformInfo;
    using F = abi::ReportFlags;
    const std::array words{
        Word{"the policy", offsetof(Raw, policy), raw.policy, Bits<25, 0>::mask},
        Word{"PLATFORM_INFO", offsetof(Raw, platform_info), raw.platform_info,
             P::SmtEnabled::mask | P::TsmeEnabled::mask | P::EccEnabled::mask | P::RaplDisabled::mask |
                 P::CiphertextHiding::mask | P::AliasCheckComplete::mask | P::TioEnabled::mask},
        Word{"the flags", offsetof(Raw, flags), raw.flags,
             F::AuthorKeyEnabled::mask | F::MaskChipKey::mask | F::SigningKey::mask},
    };
    for (const Word& word : words)
        if ((word.value & ~word.known) != 0)
            return problem("{}: byte {:#x}: {} {:#x} has reserved bits, {:#x}", name, word.offset, word.title,
                           word.value, word.value & ~word.known);
    return {};
}

Step check_values(const Raw& raw, const std::string& name) {
    constexpr std::uint32_t last_vmpl = 3;
    if (!abi::GuestPolicy::One::test(raw.policy))
        return problem("{}: byte {:#x}: bit 17 of the policy {:#x} must be one", name, offsetof(Raw, policy),
                       raw.policy);
    if (raw.vmpl > last_vmpl && raw.vmpl != abi::vmpl_of_host_report)
        return problem("{}: byte {:#x}: there is no VMPL {}", name, offsetof(Raw, vmpl), raw.vmpl);
    if (raw.signature_algorithm != abi::ecdsa_p384_sha384)
        return problem("{}: byte {:#x}: signature algorithm {} is not known; 1 is, ECDSA P-384 with SHA-384",
                       name, offsetof(Raw, signature_algorithm), raw.signature_algorithm);
    switch (abi::signing_key_of(raw.flags)) {
        case abi::ReportKey::Vcek:
        case abi::ReportKey::Vlek:
        case abi::ReportKey::None: return {};
    }
    return problem("{}: byte {:#x}: there is no signing key {}", name, offsetof(Raw, flags),
                   abi::ReportFlags::SigningKey::get(raw.flags));
}

}  // namespace

Result<abi::AttestationReport> well_formed(Bytes file, const std::string& name) {
    TRY_VOID(check_size(file, name));
    const Raw raw = *load<Raw>(file, 0);
    TRY_VOID(check_version(raw, name));
    TRY_VOID(check_reserved(file, raw.version, name));
    TRY_VOID(check_words(raw, name));
    TRY_VOID(check_values(raw, name));
    return raw;
}

}  // namespace tools::attestation
