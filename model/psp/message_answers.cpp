// SPDX-License-Identifier: MIT
#include "model/psp/message_answers.hpp"

#include <algorithm>
#include <cstring>

#include "abi/snp/vmsa.hpp"
#include "base/zero.hpp"
#include "model/psp/report.hpp"

namespace model::psp {
namespace {

using abi::KeySelect, abi::MessageStatus;
using Field = abi::GuestFieldSelect;

constexpr std::uint64_t all_fields = Field::Policy::mask | Field::ImageId::mask | Field::FamilyId::mask |
                                     Field::Measurement::mask | Field::GuestSvn::mask |
                                     Field::TcbVersion::mask | Field::LaunchMitVector::mask;

template <class T>
std::uint16_t put(std::uint8_t* payload, const T& value, std::size_t bytes = sizeof(T)) {
    std::memcpy(payload, &value, bytes);
    return static_cast<std::uint16_t>(bytes);
}

/// VMPCKn speaks for VMPL n: less privileged levels are its own, more privileged ones are not.
bool may_name(std::uint32_t vmpl, unsigned vmpck) { return vmpl >= vmpck && vmpl <= 3; }

/// This chip has no key of a cloud provider.
MessageStatus judge_key(std::uint64_t select) {
    switch (KeySelect{static_cast<std::uint32_t>(select)}) {
        case KeySelect::VlekElseVcek:
        case KeySelect::Vcek: return MessageStatus::Success;
        case KeySelect::Vlek: return MessageStatus::InvalidKeySelection;
    }
    return MessageStatus::InvalidParameters;
}

/// Each part of the version, because a guest may not get the key of a firmware that this chip never had.
bool is_at_most(const abi::TcbVersion& asked, const abi::TcbVersion& committed) {
    return std::ranges::equal(asked.bytes, committed.bytes,
                              [](std::uint8_t a, std::uint8_t b) { return a <= b; });
}

/// What a derived key depends on; what was not selected is zero.
struct KeyMaterial {
    char label[24];
    P384Number chip;
    std::uint32_t root, vmpl;
    std::uint64_t fields, policy;
    std::uint8_t image_id[16], family_id[16];
    abi::Sha384 measurement;
    std::uint32_t guest_svn, reserved;
    abi::TcbVersion tcb;
    std::uint64_t launch_mit_vector;
};
static_assert(std::has_unique_object_representations_v<KeyMaterial>, "padding would be part of the key");

KeyMaterial material_of(const abi::KeyRequest& request, const Guest& guest, const Chip& chip) {
    KeyMaterial from{.label = "ADYTON derived key 0001",
                     .chip = chip.key,
                     .root = request.root,
                     .vmpl = request.vmpl,
                     .fields = request.fields};
    if (Field::Policy::test(request.fields)) from.policy = guest.policy;
    if (Field::ImageId::test(request.fields)) std::ranges::copy(guest.identity.image_id, from.image_id);
    if (Field::FamilyId::test(request.fields)) std::ranges::copy(guest.identity.family_id, from.family_id);
    if (Field::Measurement::test(request.fields)) from.measurement = guest.measurement;
    if (Field::GuestSvn::test(request.fields)) from.guest_svn = request.guest_svn;
    if (Field::TcbVersion::test(request.fields)) from.tcb = request.tcb;
    if (Field::LaunchMitVector::test(request.fields)) from.launch_mit_vector = request.launch_mit_vector;
    return from;
}

}  // namespace

MessageStatus judge(const abi::ReportRequest& request, unsigned vmpck) {
    using Select = Bits<1, 0>;
    if (!is_zero(request.reserved_48) || !may_name(request.vmpl, vmpck) || (request.key_select & ~Select::mask) != 0)
        return MessageStatus::InvalidParameters;
    return judge_key(request.key_select);
}

MessageStatus judge(const abi::KeyRequest& request, unsigned vmpck, const Guest& guest, const Chip& chip) {
    using Root = abi::RootKeySelect;
    if ((request.root & ~(Root::Vmrk::mask | Root::Key::mask)) != 0 || request.reserved_04 != 0 ||
        (request.fields & ~all_fields) != 0 || !may_name(request.vmpl, vmpck) ||
        request.guest_svn > guest.identity.guest_svn || !is_at_most(request.tcb, chip.tcb) ||
        request.launch_mit_vector != 0)  // no guest of this chip was launched with a mitigation
        return MessageStatus::InvalidParameters;
    // Without a migration agent there is no root of migrated guests.
    if (Root::Vmrk::test(request.root)) return MessageStatus::InvalidKeySelection;
    return judge_key(Root::Key::get(request.root));
}

std::uint16_t answer_report(const abi::ReportRequest& request, unsigned vmpck, const Guest& guest,
                            const Firmware& firmware, std::uint8_t* payload) {
    abi::ReportResponse response{};
    const auto refused = [&](MessageStatus status) {
        response.head.status = static_cast<std::uint32_t>(status);
        return put(payload, response.head);
    };
    if (const auto status = judge(request, vmpck); status != MessageStatus::Success) return refused(status);
    const auto version = report_version(guest.policy, firmware.report_version);
    write_report(response.report, version, request, guest, firmware.chip, firmware.platform);
    const auto signature =
        firmware.ciphers.sign(firmware.chip.key, firmware.ciphers.sha384(signed_part(response.report)));
    if (!signature) return refused(MessageStatus::InvalidKeySelection);
    put_signature(response.report, *signature);
    response.head.report_bytes = sizeof response.report;
    return put(payload, response);
}

std::uint16_t answer_key(const abi::KeyRequest& request, unsigned vmpck, const Guest& guest,
                         const Firmware& firmware, std::uint8_t* payload) {
    abi::KeyResponse response{};
    const auto status = judge(request, vmpck, guest, firmware.chip);
    response.status = static_cast<std::uint32_t>(status);
    if (status != MessageStatus::Success) return put(payload, response);
    const auto digest = firmware.ciphers.sha384(bytes_of_object(material_of(request, guest, firmware.chip)));
    std::memcpy(response.key, digest.data(), sizeof response.key);
    return put(payload, response);
}

/// The clock of this machine's CPUs cannot be scaled, so each guest has the scale 1, and no correction is needed.
std::uint16_t answer_tsc_info(const Guest& guest, std::uint8_t* payload) {
    return put(payload, abi::TscInfoResponse{.scale = abi::tsc_scale_one, .offset = guest.tsc_offset});
}

}  // namespace model::psp
