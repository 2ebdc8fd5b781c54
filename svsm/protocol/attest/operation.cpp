// SPDX-License-Identifier: MIT
#include "svsm/protocol/attest/operation.hpp"

#include "base/result.hpp"
#include "base/zero.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/parameters.hpp"

namespace svsm::attest {
namespace {

constexpr auto bad_parameter = std::unexpected{SvsmError::InvalidParameter};
constexpr auto bad_address = std::unexpected{SvsmError::InvalidAddress};

/// Copies what lies at `at` and within that page.
CallResult copy_parameters(const Guest& guest, std::span<std::byte> to, Gpa at) REQUIRES_SHARED(guest.lock) {
    if (page_bytes - at.page_offset() < to.size()) return bad_parameter;
    // Without this check a guest could have the hash of the SVSM's own memory signed.
    if (!may_hold_parameters(guest, at)) return bad_address;
    const MappedPage window{machine::Window::List, at.page()};
    if (!machine::copy_in(to, window.va() + at.page_offset())) return bad_address;
    return {};
}

/// One copy: another vCPU may rewrite the structure between two.
template <class T>
std::expected<T, SvsmError> read(const Guest& guest, Gpa at) REQUIRES_SHARED(guest.lock) {
    T value;
    TRY_VOID(copy_parameters(guest, std::as_writable_bytes(std::span{&value, 1}), at));
    return value;
}

bool is_reserved_clear(const abi::AttestServices& asked) {
    return asked.report.reserved == 0 && asked.manifest.reserved == 0 && asked.certificates.reserved == 0 &&
           is_zero(asked.reserved_01a);
}

/// Two results in one place would both be lost. Empty buffers overlap nothing.
CallResult check_overlaps(const Operation& asked) {
    std::array<GpaRange, 3> ranges;
    for (std::size_t i = 0; const auto& buffer : {asked.report, asked.manifest, asked.certificates}) {
        const auto range = GpaRange::make(buffer.at, buffer.bytes);
        if (!range) return bad_address;
        ranges[i++] = *range;
    }
    const auto& [report, manifest, certificates] = ranges;
    const bool overlap =
        report.overlaps(manifest) || report.overlaps(certificates) || manifest.overlaps(certificates);
    if (overlap) return bad_parameter;
    return {};
}

std::expected<Operation, SvsmError> check(const abi::AttestServices& asked) {
    constexpr auto buffer = [](const abi::AttestationBuffer& b) { return Buffer{Gpa{b.gpa}, b.bytes}; };
    if (!is_reserved_clear(asked)) return bad_parameter;
    if (asked.nonce_bytes != abi::attestation_nonce_bytes) return bad_parameter;
    const Operation operation{buffer(asked.report), buffer(asked.manifest), buffer(asked.certificates)};
    for (const auto& each : {operation.report, operation.manifest, operation.certificates})
        if (!each.at.is_page_aligned()) return bad_parameter;
    if (operation.certificates.bytes > abi::attestation_max_certificate_bytes) return bad_parameter;
    TRY_VOID(check_overlaps(operation));
    return operation;
}

}  // namespace

std::expected<Operation, SvsmError> read_services(const Guest& guest, Gpa at, Nonce nonce) {
    const auto asked = TRY(read<abi::AttestServices>(guest, at));
    const auto operation = TRY(check(asked));
    TRY_VOID(copy_parameters(guest, nonce, Gpa{asked.nonce_gpa}));
    return operation;
}

std::expected<Operation, SvsmError> read_single_service(const Guest& guest, Gpa at, Nonce nonce) {
    const auto asked = TRY(read<abi::AttestSingleService>(guest, at));
    // Every service here has a manifest of version 0 and no other.
    if (asked.manifest_version != 0 || asked.reserved_054 != 0) return bad_parameter;
    auto operation = TRY(check(asked.buffers));
    operation.service = asked.service;
    TRY_VOID(copy_parameters(guest, nonce, Gpa{asked.buffers.nonce_gpa}));
    return operation;
}

}  // namespace svsm::attest
