// SPDX-License-Identifier: MIT
#include "model/psp/report.hpp"

#include <algorithm>
#include <cstring>

#include "abi/snp/policy.hpp"

namespace model::psp {
namespace {

constexpr std::uint32_t usual_version = 3, newest_version = 5;

template <class To, class From>
void copy(To& to, const From& from) {
    static_assert(sizeof to == sizeof from);
    std::memcpy(&to, &from, sizeof to);
}

void write_guest(abi::AttestationReport& report, const Guest& guest) {
    report.policy = guest.policy;
    report.guest_svn = guest.identity.guest_svn;
    copy(report.family_id, guest.identity.family_id);
    copy(report.image_id, guest.identity.image_id);
    copy(report.measurement, guest.measurement);
    copy(report.host_data, guest.host_data);
    copy(report.id_key_digest, guest.identity.id_key_digest);
    copy(report.author_key_digest, guest.identity.author_key_digest);
    copy(report.report_id, guest.report_id);
    // No migration agent.
    std::ranges::fill(report.report_id_ma, std::uint8_t{0xff});
    report.flags = static_cast<std::uint32_t>(
        abi::ReportFlags::AuthorKeyEnabled::put(guest.identity.has_author ? 1 : 0));
}

void write_chip(abi::AttestationReport& report, const Chip& chip, const Platform& platform) {
    report.signature_algorithm = abi::ecdsa_p384_sha384;
    report.platform_info = platform_info(platform);
    report.current_tcb = report.reported_tcb = report.committed_tcb = report.launch_tcb = chip.tcb;
    report.current_firmware = report.committed_firmware = platform.firmware;
    copy(report.chip_id, chip.id);
    if (report.version < 3) return;
    report.family = chip.family;
    report.model = chip.model;
    report.stepping = chip.stepping;
}

}  // namespace

std::uint32_t report_version(std::uint64_t policy, std::optional<std::uint32_t> asked) {
    const bool is_new = abi::GuestPolicy::PageSwapDisable::test(policy);
    return asked.value_or(is_new ? newest_version : usual_version);
}

void write_report(abi::AttestationReport& report, std::uint32_t version, const abi::ReportRequest& request,
                  const Guest& guest, const Chip& chip, const Platform& platform) {
    report.version = version;
    report.vmpl = request.vmpl;
    copy(report.report_data, request.report_data);
    write_guest(report, guest);
    write_chip(report, chip, platform);
}

void put_signature(abi::AttestationReport& report, const P384Pair& signature) {
    put_number(report.signature.r, signature.first);
    put_number(report.signature.s, signature.second);
}

}  // namespace model::psp
