// SPDX-License-Identifier: MIT
#include "svsm/protocol/attest/results.hpp"

#include <algorithm>

#include "abi/snp/attestation_report.hpp"
#include "base/result.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/psp/channel.hpp"

namespace svsm::attest {
namespace {

bool are_guests(const Guest& guest, Gpa at, std::uint64_t bytes) REQUIRES_SHARED(guest.lock) {
    for (std::uint64_t done = 0; done < bytes; done += page_bytes) {
        const auto page = page_range(at + done, PageSize::Size4K);
        if (!page || !guest.is_guests(*page)) return false;
    }
    return true;
}

/// Writes `from` into the guest's pages that begin at `to`.
bool copy_out(const Guest& guest, Gpa to, Bytes from) REQUIRES_SHARED(guest.lock) {
    // Another vCPU may have made a page of it a VMSA since the first check.
    if (!are_guests(guest, to, from.size())) return false;
    for (; !from.empty(); to = to + page_bytes) {
        const auto piece = from.first(std::min<std::size_t>(from.size(), page_bytes));
        const MappedPage window{machine::Window::Scratch4K, to};
        if (!machine::copy_out(window.va(), piece)) return false;
        from = from.subspan(piece.size());
    }
    return true;
}

}  // namespace

CallResult check_buffers(const Guest& guest, const Operation& operation, std::size_t manifest_bytes) {
    const auto used = [](const Buffer& buffer, std::size_t most) {
        return std::min<std::size_t>(buffer.bytes, most);
    };
    const auto& [report, manifest, certificates, service] = operation;
    if (!are_guests(guest, report.at, used(report, sizeof(abi::AttestationReport))) ||
        !are_guests(guest, manifest.at, used(manifest, manifest_bytes)) ||
        !are_guests(guest, certificates.at, certificates.bytes))
        return std::unexpected{SvsmError::InvalidAddress};
    return {};
}

Answer write(Guest& guest, const Vcpu& caller, const Operation& operation, const Results& results) {
    const auto& [manifest, report, certificates] = results;
    Answer answer{.rcx = manifest.size(), .rdx = certificates.size(), .r8 = report.size()};
    if (report.size() > operation.report.bytes || manifest.size() > operation.manifest.bytes ||
        certificates.size() > operation.certificates.bytes) {
        answer.result = static_cast<std::uint32_t>(SvsmError::InvalidParameter);
        return answer;
    }
    const SharedGuard lock{guest.lock, *caller.reader};
    const bool written = copy_out(guest, operation.report.at, report) &&
                         copy_out(guest, operation.manifest.at, manifest) &&
                         copy_out(guest, operation.certificates.at, certificates);
    return written ? answer : to_answer(SvsmError::InvalidAddress);
}

Answer refuse_room(std::size_t manifest_bytes, std::uint64_t certificate_pages) {
    constexpr std::uint64_t most_pages = (1ull << 32) / page_bytes - 1;
    if (certificate_pages <= psp::certificate_pages || certificate_pages > most_pages)
        return to_answer(SvsmError::InvalidRequest);
    return {.result = static_cast<std::uint32_t>(SvsmError::InvalidParameter),
            .rcx = manifest_bytes,
            .rdx = certificate_pages * page_bytes,
            .r8 = sizeof(abi::AttestationReport)};
}

}  // namespace svsm::attest
