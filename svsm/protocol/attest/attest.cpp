// SPDX-License-Identifier: MIT
// The order within a call: read, check, ask the AMD-SP, tell the lengths, copy out. Nothing of the guest is written
// before the report is there.
#include "svsm/protocol/attest/attest.hpp"

#include "base/result.hpp"
#include "crypto/hash.hpp"
#include "svsm/protocol/attest/operation.hpp"
#include "svsm/protocol/attest/results.hpp"
#include "svsm/psp/certificates.hpp"
#include "svsm/psp/report.hpp"

namespace svsm::attest {
namespace {

/// What the report attests: the nonce, and behind it the manifest, in the vCPU's page for lists.
struct Statement {
    Nonce nonce;
    std::span<std::byte> rest;
    explicit Statement(Vcpu& caller)
        : nonce{caller.scratch->bytes().first<abi::attestation_nonce_bytes>()},
          rest{caller.scratch->bytes().subspan(abi::attestation_nonce_bytes)} {}
    [[nodiscard]] Bytes all(std::size_t manifest_bytes) const {
        return {nonce.data(), nonce.size() + manifest_bytes};
    }
};

/// The certificates that the host put beside the report.
Bytes certificates_in(const psp::Channel& channel, psp::Certificates wanted) {
    if (wanted == psp::Certificates::None) return {};
    constexpr auto room = psp::certificate_pages * page_bytes;
    return {channel.certificates(), psp::certificate_bytes(channel.certificates(), room)};
}

/// The AMD-SP's part and the rest of the call.
[[gnu::noinline]] Answer attest(Guest& guest, Vcpu& caller, const Operation& operation,
                                std::size_t manifest_bytes) {
    if (guest.amd_sp == nullptr) return to_answer(SvsmError::InvalidRequest);
    const Statement statement{caller};
    const auto wanted =
        operation.certificates.bytes == 0 ? psp::Certificates::None : psp::Certificates::Wanted;
    const auto digest = crypto::sha512(statement.all(manifest_bytes));
    auto& channel = *guest.amd_sp;
    const TicketGuard turn{channel.turn};
    const auto report = psp::get_report(channel, digest, wanted);
    if (!report) return to_answer(SvsmError::InvalidRequest);
    if (report->pages_wanted) return refuse_room(manifest_bytes, *report->pages_wanted);
    return write(guest, caller, operation,
                 {statement.rest.first(manifest_bytes), bytes_of_object(*report->report),
                  certificates_in(channel, wanted)});
}

/// A call whose structure, nonce and buffers are in order.
struct Prepared {
    Operation operation;
    std::size_t manifest_bytes;
};

[[gnu::noinline]] std::expected<Prepared, SvsmError> prepare_services(Guest& guest, Vcpu& caller, Gpa at,
                                                                      Services services) {
    const Statement statement{caller};
    const SharedGuard lock{guest.lock, *caller.reader};
    const auto operation = TRY(read_services(guest, at, statement.nonce));
    const auto manifest_bytes = write_services_manifest(statement.rest, services);
    if (!manifest_bytes) return std::unexpected{SvsmError::InvalidRequest};
    TRY_VOID(check_buffers(guest, operation, *manifest_bytes));
    return Prepared{operation, *manifest_bytes};
}

[[gnu::noinline]] std::expected<Prepared, SvsmError> prepare_single_service(Guest& guest, Vcpu& caller,
                                                                            Gpa at, Services services) {
    const Statement statement{caller};
    const SharedGuard lock{guest.lock, *caller.reader};
    const auto operation = TRY(read_single_service(guest, at, statement.nonce));
    const auto manifest_bytes = write_service_manifest(statement.rest, services, operation.service);
    if (!manifest_bytes) return std::unexpected{SvsmError::InvalidParameter};
    TRY_VOID(check_buffers(guest, operation, *manifest_bytes));
    return Prepared{operation, *manifest_bytes};
}

Answer finish(Guest& guest, Vcpu& caller, const std::expected<Prepared, SvsmError>& prepared) {
    if (!prepared) return to_answer(prepared.error());
    return attest(guest, caller, prepared->operation, prepared->manifest_bytes);
}

/// There is no service with a manifest yet: the core protocol and this one have none.
constexpr Services offered{};

/// The first level of the guest owns all of its memory. A level below it could name pages that it may not write itself, to
/// have results written there, or pages that it may not read, to have their hash signed: which rights the first level has
/// given it VMPL0 cannot see.
bool owns_all_memory(const Guest& guest, abi::Vmpl caller) { return caller == guest.vmpl; }

}  // namespace

Answer attest_services(Guest& guest, Vcpu& caller, Gpa at, Services services) {
    return finish(guest, caller, prepare_services(guest, caller, at, services));
}

Answer attest_single_service(Guest& guest, Vcpu& caller, Gpa at, Services services) {
    return finish(guest, caller, prepare_single_service(guest, caller, at, services));
}

Answer serve(Guest& guest, Vcpu& vcpu, const Call& call) {
    using enum abi::AttestationCall;
    const Gpa at{call.rcx};
    const auto which = static_cast<abi::AttestationCall>(abi::CallId::Call::get(call.rax));
    if (which != Services && which != SingleService) return to_answer(SvsmError::UnsupportedCall);
    if (!owns_all_memory(guest, call.vmpl)) return to_answer(SvsmError::InvalidRequest);
    return which == Services ? attest_services(guest, vcpu, at, offered)
                             : attest_single_service(guest, vcpu, at, offered);
}

}  // namespace svsm::attest
