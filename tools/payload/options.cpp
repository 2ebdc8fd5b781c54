// SPDX-License-Identifier: MIT
#include "tools/payload/options.hpp"

#include "base/address.hpp"
#include "base/result.hpp"
#include "tools/image/sev_features.hpp"
#include "tools/support/number.hpp"

namespace tools::payload {
namespace {

/// The machine keeps its tables in the memory below 4 GiB: more than this they cannot describe.
constexpr std::uint64_t most_memory = 64ull << 30;

/// The region is described by whole page tables, and the guest keeps what lies behind its default end.
Result<std::uint64_t> parse_svsm_size(const std::string& text) {
    const std::uint64_t bytes = TRY(parse_size("--svsm-size", text));
    if (bytes < least_svsm_bytes || bytes > most_svsm_bytes || bytes % page_bytes != 0)
        return problem("--svsm-size {} is not possible; choose 512K to 128M, a multiple of 4K", text);
    return bytes;
}

/// The region is mapped in 2 MiB. Below lies what firmware has for itself, above are its devices.
Result<std::uint64_t> parse_svsm_at(const std::string& text) {
    const auto address = parse_address(text);
    if (!address || *address % large_page_bytes != 0 || *address < least_svsm_at || *address > most_svsm_at)
        return problem(
            "--svsm-at {} is not possible; write a multiple of 2 MiB from 64 MiB to 2 GiB, like 0x8000000", text);
    return *address;
}

}  // namespace

std::vector<cli::Option> build_options(RawBuild& raw) {
    return {{"--vmpl", "N", "level of the guest, 1 to 3; 0: no SVSM (default: 1)", &raw.vmpl},
            {"--c-bit", "N", "encryption bit (default: 47; on silicon often 51)", &raw.c_bit},
            {"--svsm", "FILE", "another SVSM to boot, an ELF file", &raw.svsm},
            {"--svsm-size", "SIZE", "memory the SVSM owns, 512K to 128M (default: >= 8M)", &raw.svsm_size},
            {"--svsm-at", "0xADDRESS", "its place in firmware's memory (default: its end)", &raw.svsm_at},
            {"--sev-features", "LIST", "more of SEV_FEATURES, by name, with commas", &raw.sev_features},
            {"--own-report", "WORDS", "off, or least TCB that the SVSM boots on: snp=23", &raw.own_report}};
}

Result<Build> parse_build(const RawBuild& raw) {
    Build build;
    if (!raw.vmpl.empty()) build.vmpl = TRY(parse_number("--vmpl", raw.vmpl, 0, 3));
    if (!raw.c_bit.empty()) build.c_bit = TRY(parse_number("--c-bit", raw.c_bit, 32, 51));
    if (!raw.svsm.empty()) build.svsm = raw.svsm;
    if (!raw.svsm_size.empty()) build.svsm_bytes = TRY(parse_svsm_size(raw.svsm_size));
    if (!raw.svsm_at.empty()) build.svsm_at = TRY(parse_svsm_at(raw.svsm_at));
    if (!raw.sev_features.empty()) build.sev_features = TRY(image::parse_sev_features(raw.sev_features));
    if (!raw.own_report.empty()) build.own_report = TRY(image::parse_own_report(raw.own_report));
    if (!build.has_svsm() && (build.svsm || build.svsm_bytes || build.svsm_at || build.own_report))
        return problem(
            "--vmpl 0 runs the guest without an SVSM; leave out --svsm, --svsm-size, --svsm-at and --own-report");
    return build;
}

Result<std::uint64_t> parse_memory(const std::string& text) {
    const std::uint64_t bytes = TRY(parse_size("--memory", text));
    if (bytes < least_memory)
        return problem("--memory {} is too little: the SVSM and its guest need at least 160M", text);
    if (bytes % (1 << 20) != 0) return problem("--memory {} is not a whole number of MiB", text);
    if (bytes > most_memory)
        return problem("--memory {} is more than the 64G that the machine can have", text);
    return bytes;
}

}  // namespace tools::payload
