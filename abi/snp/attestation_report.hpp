// SPDX-License-Identifier: MIT
// The attestation report: what the AMD-SP says of a guest, of the chip and of its firmware, and signs.
// [SNP-ABI "ATTESTATION_REPORT Structure"]
#pragma once
#include <cstddef>
#include <cstdint>

#include "abi/snp/id_block.hpp"
#include "base/bits.hpp"

namespace abi {

/// Where bytes of a TCB version lie differs between generations of chips. [SNP-ABI "TCB_VERSION"]
struct TcbVersion {
    std::uint8_t bytes[8];
};

/// A version of the AMD-SP's firmware.
struct FirmwareVersion {
    std::uint8_t build, minor, major, reserved;
};

/// Versions 2 to 5 have one layout; a field that a version does not have is zero there.
struct AttestationReport {
    std::uint32_t version, guest_svn;
    std::uint64_t policy;  ///< `GuestPolicy`
    std::uint8_t family_id[16], image_id[16];
    std::uint32_t vmpl, signature_algorithm;
    TcbVersion current_tcb;
    std::uint64_t platform_info;  ///< `PlatformInfo`
    std::uint32_t flags;          ///< `ReportFlags`
    std::uint8_t reserved_04c[4];
    std::uint8_t report_data[64], measurement[48], host_data[32];
    std::uint8_t id_key_digest[48], author_key_digest[48];
    std::uint8_t report_id[32], report_id_ma[32];
    TcbVersion reported_tcb;
    std::uint8_t family, model, stepping;  ///< of CPUID, combined; since version 3
    std::uint8_t reserved_18b[21];
    std::uint8_t chip_id[64];
    TcbVersion committed_tcb;
    FirmwareVersion current_firmware, committed_firmware;
    TcbVersion launch_tcb;
    std::uint64_t launch_mit_vector, current_mit_vector;  ///< since version 5
    std::uint8_t reserved_208[152];
    EcdsaSignature signature;
};
static_assert(sizeof(TcbVersion) == 8 && sizeof(FirmwareVersion) == 4);
static_assert(sizeof(AttestationReport) == 0x4a0 && sizeof(AttestationReport) == 1184);
static_assert(offsetof(AttestationReport, policy) == 0x008 &&
              offsetof(AttestationReport, family_id) == 0x010);
static_assert(offsetof(AttestationReport, image_id) == 0x020 && offsetof(AttestationReport, vmpl) == 0x030);
static_assert(offsetof(AttestationReport, signature_algorithm) == 0x034);
static_assert(offsetof(AttestationReport, current_tcb) == 0x038);
static_assert(offsetof(AttestationReport, platform_info) == 0x040 &&
              offsetof(AttestationReport, flags) == 0x048);
static_assert(offsetof(AttestationReport, report_data) == 0x050);
static_assert(offsetof(AttestationReport, measurement) == 0x090);
static_assert(offsetof(AttestationReport, host_data) == 0x0c0);
static_assert(offsetof(AttestationReport, id_key_digest) == 0x0e0);
static_assert(offsetof(AttestationReport, author_key_digest) == 0x110);
static_assert(offsetof(AttestationReport, report_id) == 0x140 &&
              offsetof(AttestationReport, report_id_ma) == 0x160);
static_assert(offsetof(AttestationReport, reported_tcb) == 0x180 &&
              offsetof(AttestationReport, family) == 0x188);
static_assert(offsetof(AttestationReport, chip_id) == 0x1a0 &&
              offsetof(AttestationReport, committed_tcb) == 0x1e0);
static_assert(offsetof(AttestationReport, current_firmware) == 0x1e8);
static_assert(offsetof(AttestationReport, committed_firmware) == 0x1ec);
static_assert(offsetof(AttestationReport, launch_tcb) == 0x1f0);
static_assert(offsetof(AttestationReport, launch_mit_vector) == 0x1f8);
static_assert(offsetof(AttestationReport, current_mit_vector) == 0x200);
static_assert(offsetof(AttestationReport, signature) == 0x2a0);

/// The first bytes of a report are signed; the signature stands behind them.
inline constexpr std::size_t signed_report_bytes = offsetof(AttestationReport, signature);
/// Versions of the report that bring in family, model and stepping, and both MIT vectors.
inline constexpr std::uint32_t first_report_with_family = 3, first_report_with_vectors = 5;
/// VMPL of a report that the host asked for. [SNP-ABI "SNP_HV_REPORT_REQ"]
inline constexpr std::uint32_t vmpl_of_host_report = 0xffff'ffff;

struct PlatformInfo {
    using SmtEnabled = Bits<0>;
    using TsmeEnabled = Bits<1>;
    using EccEnabled = Bits<2>;
    using RaplDisabled = Bits<3>;
    using CiphertextHiding = Bits<4>;
    using AliasCheckComplete = Bits<5>;  ///< no two addresses lead to one cell of memory
    using TioEnabled = Bits<7>;
};

struct ReportFlags {
    using AuthorKeyEnabled = Bits<0>;
    using MaskChipKey = Bits<1>;  ///< the report has neither signature nor chip id
    using SigningKey = Bits<4, 2>;
};
/// Values of `ReportFlags::SigningKey`.
enum class ReportKey : std::uint32_t {
    Vcek = 0,  ///< of this chip and its TCB
    Vlek = 1,  ///< of a cloud provider and the TCB; it names no chip
    None = 7,
};
[[nodiscard]] constexpr ReportKey signing_key_of(std::uint32_t report_flags) {
    return ReportKey{static_cast<std::uint32_t>(ReportFlags::SigningKey::get(report_flags))};
}

}  // namespace abi
