// SPDX-License-Identifier: MIT
// A guest that asks to be attested, as Linux does: the structure behind the head of the calling area, buffers of a page,
// a page, and 16 KiB.
#pragma once
#include "abi/snp/certificate_table.hpp"
#include "abi/svsm/attestation.hpp"
#include "svsm/protocol/attest/attest.hpp"
#include "tests/unit/svsm/psp/psp_world.hpp"

namespace svsm {

class AttestWorld : public PspWorld {
protected:
    static constexpr Gpa report_at{0x11'0000}, manifest_at{0x11'1000}, certificates_at{0x11'2000};
    static constexpr GpaRange buffers{report_at, certificates_at + 4 * page_bytes};
    static constexpr Gpa nonce_at{0x12'0fc0};  // to the last byte of its page
    static constexpr std::uint64_t preset = ~0ull;

    explicit AttestWorld(Vmpl vmpl = Vmpl1) : PspWorld{vmpl} {
        for (std::uint8_t i = 0; i < 64; ++i) m.poke(nonce_at + i, i);
        m.fill(buffers, 0xd1);
        op.buffers.report = {report_at.value(), page_bytes, 0};
        op.buffers.nonce_gpa = nonce_at.value();
        op.buffers.nonce_bytes = 64;
        op.buffers.manifest = {manifest_at.value(), page_bytes, 0};
        op.buffers.certificates = {certificates_at.value(), 4 * page_bytes, 0};
        op.service = abi::vtpm_service_guid;
        use_chain({1417, 1739, 1701});
    }

    /// Where the guest on CPU 0 has its structure.
    static constexpr Gpa op_at = calling_area(0) + 8;

    /// SVSM_ATTEST_SERVICES with `op`.
    Registers attest(Gpa at = op_at) {
        m.poke(at, op.buffers);
        return ask(abi::AttestationCall::Services, at);
    }
    Registers ask(abi::AttestationCall which, Gpa at) {
        return call(0, {.rax = abi::call_id(1, static_cast<std::uint32_t>(which)),
                        .rcx = at.value(),
                        .rdx = preset,
                        .r8 = preset,
                        .r9 = 9});
    }
    std::uint64_t result() { return attest().rax; }

    /// The honest host's table with certificates of so many bytes, filled with 1, 2, 3.
    void use_chain(std::initializer_list<std::uint32_t> lengths) {
        constexpr std::array guids{abi::vcek_guid, abi::ask_guid, abi::ark_guid};
        auto at = static_cast<std::uint32_t>((lengths.size() + 1) * sizeof(abi::CertificateTableEntry));
        table.assign(at, std::byte{0});
        std::uint8_t i = 0;
        for (const auto bytes : lengths) {
            const abi::CertificateTableEntry entry{guids[i], at, bytes};
            std::memcpy(table.data() + i * sizeof entry, &entry, sizeof entry);
            table.insert(table.end(), bytes, static_cast<std::byte>(++i));
            at += bytes;
        }
    }

    [[nodiscard]] abi::AttestationReport report() const { return m.peek<abi::AttestationReport>(report_at); }
    [[nodiscard]] bool is_untouched(GpaRange range = buffers) const { return m.is_filled_with(range, 0xd1); }

    abi::AttestSingleService op{};
};

}  // namespace svsm
