// SPDX-License-Identifier: MIT
// Messages between a guest and the AMD-SP, which pass through the host's hands: a page with a header and a payload that
// only the two can read. [SNP-ABI "Guest Messages"]
#pragma once
#include <cstddef>
#include <cstdint>

#include "abi/snp/attestation_report.hpp"
#include "base/bits.hpp"

namespace abi {

/// What a message asks for or answers; an answer is its request's type and one. [SNP-ABI "Message Type Encodings"]
enum class MessageType : std::uint8_t {
    CpuidRequest = 1,
    KeyRequest = 3,
    KeyResponse = 4,
    ReportRequest = 5,
    ReportResponse = 6,
    ExportRequest = 7,
    ImportRequest = 9,
    AbsorbRequest = 11,
    VmrkRequest = 13,
    AbsorbNomaRequest = 15,
    TscInfoRequest = 17,
    TscInfoResponse = 18,
};

/// Bytes 30h to 5Fh are authenticated but not encrypted. The nonce is `sequence` and four zero bytes, so another sequence
/// number has another tag. [SNP-ABI "Message Header Format"]
struct MessageHeader {
    std::uint8_t tag[32];  ///< 16 bytes and zeros
    std::uint64_t sequence, reserved_28;
    std::uint8_t algorithm, header_version;
    std::uint16_t header_bytes;
    std::uint8_t type, version;
    std::uint16_t payload_bytes;
    std::uint32_t reserved_38;
    std::uint8_t vmpck;  ///< which key of the secrets page
    std::uint8_t reserved_3d[35];
};
static_assert(sizeof(MessageHeader) == 0x60 && offsetof(MessageHeader, sequence) == 0x20);
static_assert(offsetof(MessageHeader, algorithm) == 0x30 && offsetof(MessageHeader, header_bytes) == 0x32);
static_assert(offsetof(MessageHeader, type) == 0x34 && offsetof(MessageHeader, payload_bytes) == 0x36);
static_assert(offsetof(MessageHeader, vmpck) == 0x3c);

inline constexpr std::size_t message_tag_bytes = 16;
/// The part of the header that the tag covers.
inline constexpr std::size_t authenticated_header = offsetof(MessageHeader, algorithm),
                             authenticated_header_bytes = sizeof(MessageHeader) - authenticated_header;
inline constexpr std::uint8_t message_aes_256_gcm = 1, message_header_version = 1, message_version = 1;
/// A KeyRequest with the field `launch_mit_vector`.
inline constexpr std::uint8_t key_request_version_2 = 2;

/// A message is one page.
struct GuestMessage {
    MessageHeader header;
    std::uint8_t payload[0xfa0];
};
static_assert(sizeof(GuestMessage) == 4096);

/// In `KeySelect`: which key signs, or is the root of a derived key.
enum class KeySelect : std::uint32_t { VlekElseVcek = 0, Vcek = 1, Vlek = 2 };

/// [SNP-ABI "MSG_REPORT_REQ"]
struct ReportRequest {
    std::uint8_t report_data[64];
    std::uint32_t vmpl, key_select;
    std::uint8_t reserved_48[24];
};
static_assert(sizeof(ReportRequest) == 0x60 && offsetof(ReportRequest, vmpl) == 0x40);

/// In the first field of every answer, beside success. [SNP-ABI "Status Codes"]
enum class MessageStatus : std::uint32_t {
    Success = 0,
    InvalidParameters = 0x16,
    InvalidKeySelection = 0x27
};

/// A report that is refused has this head only, with `report_bytes` 0. [SNP-ABI "MSG_REPORT_RSP"]
struct ReportResponseHead {
    std::uint32_t status, report_bytes;
    std::uint8_t reserved_08[24];
};
struct ReportResponse {
    ReportResponseHead head;
    AttestationReport report;
};
static_assert(sizeof(ReportResponseHead) == 0x20 && sizeof(ReportResponse) == 0x4c0);

/// Fields of the guest that a derived key depends on. [SNP-ABI "MSG_KEY_REQ"]
struct GuestFieldSelect {
    using Policy = Bits<0>;
    using ImageId = Bits<1>;
    using FamilyId = Bits<2>;
    using Measurement = Bits<3>;
    using GuestSvn = Bits<4>;
    using TcbVersion = Bits<5>;
    using LaunchMitVector = Bits<6>;
};
/// In `KeyRequest::root`.
struct RootKeySelect {
    using Vmrk = Bits<0>;    ///< a key of a migration agent instead of the chip's
    using Key = Bits<2, 1>;  ///< `KeySelect`
};

/// Version 1 ends before `launch_mit_vector`.
struct KeyRequest {
    std::uint32_t root, reserved_04;
    std::uint64_t fields;  ///< `GuestFieldSelect`
    std::uint32_t vmpl, guest_svn;
    TcbVersion tcb;
    std::uint64_t launch_mit_vector;
};
static_assert(sizeof(KeyRequest) == 0x28 && offsetof(KeyRequest, vmpl) == 0x10 &&
              offsetof(KeyRequest, launch_mit_vector) == 0x20);
inline constexpr std::size_t key_request_1_bytes = offsetof(KeyRequest, launch_mit_vector);

/// [SNP-ABI "MSG_KEY_RSP"]
struct KeyResponse {
    std::uint32_t status;
    std::uint8_t reserved_04[28];
    std::uint8_t key[32];
};
static_assert(sizeof(KeyResponse) == 0x40);

/// [SNP-ABI "MSG_TSC_INFO_REQ"]
struct TscInfoRequest {
    std::uint8_t reserved[128];
};
struct TscInfoResponse {
    std::uint32_t status, reserved_04;
    std::uint64_t scale, offset;  ///< as the VMSA of a vCPU has them
    std::uint32_t factor;
    std::uint8_t reserved_1c[100];
};
static_assert(sizeof(TscInfoRequest) == 128 && sizeof(TscInfoResponse) == 128 &&
              offsetof(TscInfoResponse, factor) == 0x18);

}  // namespace abi
