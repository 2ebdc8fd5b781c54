// SPDX-License-Identifier: MIT
// A GHCB page as a host may treat it: it copies inputs out once, and writes outputs with their valid bits.
// [GHCB "GHCB Layout"]
#pragma once
#include <cstdint>
#include <expected>

#include "abi/adyton/host.hpp"
#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"

namespace model::host {

/// Private copy of everything a guest can say in one event. Fields whose valid bit was clear are zero.
struct GhcbRequest {
    abi::NaeEvent event{};
    std::uint64_t info_1 = 0, info_2 = 0, scratch = 0;
    std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0, xcr0 = 0;
    std::uint8_t cpl = 0;
    bool rax_valid = false, rbx_valid = false, rcx_valid = false, rdx_valid = false, scratch_valid = false,
         xcr0_valid = false, cpl_valid = false;
};

/// Copies the fields of requests and replies: everything but reserved ranges and the shared buffer.
void copy_fields(abi::Ghcb& to, const abi::Ghcb& from);

/// Protocol versions that a host accepts in the page's version field.
struct PageVersions {
    std::uint16_t least, most;
};
/// KVM looks at the usage field and ignores the version.
inline constexpr PageVersions any_version{0, 0xffff};

/// Copies the request out of `page` once and clears its valid bitmap. The error is what SW_EXITINFO2 must
/// say: InvalidUsage for a usage that is not 0 or a version that this host does not accept, MissingInput when
/// the exit code or one of the two numbers behind it is not marked valid.
[[nodiscard]] std::expected<GhcbRequest, abi::NaeError> take_request(abi::Ghcb& page,
                                                                     PageVersions versions = any_version);

/// What VMGEXIT with an address in the GHCB MSR comes to.
enum class PageUse : std::uint8_t {
    Answer,  ///< the host reads the request
    Resume,  ///< nothing: the guest goes on, and finds its page as it left it
    End,     ///< the host ends the run
};
/// `is_shared`: the page is the hypervisor's. KVM reads the shared page that exists beside a private one at the same
/// address, finds nothing in it, and writes its error there; address 0 and no memory at all it ignores.
[[nodiscard]] PageUse plan_page_use(abi::adyton::Host host, bool is_shared);
/// The same once the page is known, `is_registered` for the level that uses it. KVM fails KVM_RUN, and QEMU ends the
/// VM; the strict host has an error for the guest.
[[nodiscard]] PageUse plan_registration(abi::adyton::Host host, bool is_registered);

/// Offset of SW_SCRATCH into the page's shared buffer, if `bytes` fit behind it.
[[nodiscard]] std::expected<std::uint64_t, abi::NaeError> scratch_offset(Gpa ghcb, std::uint64_t scratch,
                                                                         std::uint64_t bytes);

/// Sets one of the page's quadwords and its valid bit.
void put_field(abi::Ghcb& page, std::uint64_t abi::Ghcb::*field, unsigned valid_bit, std::uint64_t value);
#define GHCB_PUT(page, field, value) \
    ::model::host::put_field(page, &::abi::Ghcb::field, GHCB_BIT(field), value)

/// KVM's replies carry RAX to RDX, all four and marked valid: what the event yields, the guest's own value otherwise,
/// or 0 where the guest gave none. To be called when the event has been answered.
void echo_registers(abi::Ghcb& page, const GhcbRequest& request);

/// SW_EXITINFO1 and 2 of the reply.
void reply_ok(abi::Ghcb& page, std::uint64_t info_2 = 0);
void reply_malformed(abi::Ghcb& page, abi::NaeError error);
/// Asks the guest to raise an exception in itself, e.g. #GP for an MSR that does not exist.
void reply_general_protection(abi::Ghcb& page);
/// The same with #UD: the instruction does not exist here.
void reply_invalid_opcode(abi::Ghcb& page);

}  // namespace model::host
