// SPDX-License-Identifier: MIT
#include <algorithm>

#include "abi/snp/policy.hpp"
#include "tests/unit/tools/report/forgeries.hpp"

namespace tools::attestation {
namespace {

using P = abi::GuestPolicy;
using I = abi::PlatformInfo;

template <std::uint32_t level>
void vmpl(Scene& s) {
    s.raw.vmpl = level;
}

void asks_for_vmpl1(Scene& s) { s.demands.vmpl = 1; }

/// The image asks for the same, so that nothing else is wrong.
void set_policy(Scene& s, std::uint64_t policy) { s.raw.policy = s.demands.image->policy = policy; }
void debug(Scene& s) { set_policy(s, s.raw.policy | P::Debug::mask); }
void migration(Scene& s) { set_policy(s, s.raw.policy | P::MigrateMa::mask); }
void agent(Scene& s) { s.raw.report_id_ma[31] = 0; }

void smt_on(Scene& s) { set_policy(s, s.raw.policy & ~P::Smt::mask); }
void energy_counters(Scene& s) { set_policy(s, s.raw.policy | P::RaplDisable::mask); }
void no_hiding(Scene& s) { set_policy(s, s.raw.policy | P::CiphertextHiding::mask); }

void old_firmware(Scene& s) { set_policy(s, (s.raw.policy & ~P::AbiMinor::mask) | P::AbiMinor::put(56)); }
void older_major(Scene& s) { set_policy(s, s.raw.policy + P::AbiMajor::put(1)); }

abi::TcbVersion tcb_with(Product product, unsigned snp) {
    TcbParts parts = good_tcb(product);
    parts.snp = snp;
    return tcb_bytes(product, parts);
}
void committed_is_newer(Scene& s) { s.raw.committed_tcb = tcb_with(s.product, 25); }
void committed_firmware_is_newer(Scene& s) { ++s.raw.committed_firmware.build; }
/// The key is made for the TCB that is reported.
void reported_is_newer(Scene& s) {
    TcbParts parts = good_tcb(s.product);
    parts.microcode += 1;
    s.key = vcek_spec(s.product, parts);
    s.raw.reported_tcb = tcb_bytes(s.product, parts);
}
void provisional_tcb(Scene& s) { s.raw.current_tcb = tcb_with(s.product, 25); }
void provisional_firmware(Scene& s) { ++s.raw.current_firmware.minor; }

void author_without_digest(Scene& s) {
    s.raw.flags |= static_cast<std::uint32_t>(abi::ReportFlags::AuthorKeyEnabled::mask);
    s.raw.id_key_digest[0] = 1;
}
void digest_without_author(Scene& s) {
    s.raw.id_key_digest[0] = 1;
    s.raw.author_key_digest[0] = 1;
}
void svn_without_key(Scene& s) { s.raw.guest_svn = 1; }
void family_without_key(Scene& s) { s.raw.family_id[15] = 1; }
void image_without_key(Scene& s) { s.raw.image_id[0] = 1; }

void another_program(Scene& s) { s.raw.measurement[47] ^= 0x80; }
void laxer(Scene& s, std::uint64_t of_the_image) { s.demands.image->policy = of_the_image; }
void allows_smt(Scene& s) { laxer(s, s.raw.policy & ~P::Smt::mask); }
void allows_cxl(Scene& s) { s.raw.policy |= P::CxlAllow::mask; }
void debug_that_the_image_forbids(Scene& s) {
    s.raw.policy |= P::Debug::mask;
    s.demands.allows_debug = true;
}
void two_sockets(Scene& s) { laxer(s, s.raw.policy | P::SingleSocket::mask); }
void weaker_cipher(Scene& s) { laxer(s, s.raw.policy | P::MemAes256Xts::mask); }
void moves_pages(Scene& s) { laxer(s, s.raw.policy | P::PageSwapDisable::mask); }
void older_abi(Scene& s) { laxer(s, s.raw.policy + P::AbiMinor::put(1)); }
void image_relies_on_bit_25(Scene& s) { s.demands.image->relies_on_page_swap_disable = true; }

void another_nonce(Scene& s) { s.demands.nonce->back() ^= std::byte{1}; }
void manifest_is_unasked(Scene& s) { s.demands.manifest = bytes_from({1, 2, 3}); }
void another_manifest(Scene& s) {
    s.demands.manifest = bytes_from({1, 2, 3});
    Buffer both = *s.demands.nonce;
    both.insert(both.end(), {std::byte{1}, std::byte{2}, std::byte{4}});
    const auto hash = crypto::sha512(both);
    std::memcpy(s.raw.report_data, hash.data(), hash.size());
}
/// As if the hash were that of manifest and nonce.
void exchanged_order(Scene& s) {
    s.demands.manifest = bytes_from({1, 2, 3});
    Buffer both = *s.demands.manifest;
    both.insert(both.end(), s.demands.nonce->begin(), s.demands.nonce->end());
    const auto hash = crypto::sha512(both);
    std::memcpy(s.raw.report_data, hash.data(), hash.size());
}

void old_snp(Scene& s) {
    TcbParts parts = good_tcb(s.product);
    parts.snp = 22;
    s.key = vcek_spec(s.product, parts);
    s.raw.current_tcb = s.raw.reported_tcb = s.raw.committed_tcb = s.raw.launch_tcb =
        tcb_bytes(s.product, parts);
}
void launched_by_an_old_one(Scene& s) { s.raw.launch_tcb = tcb_with(s.product, 22); }
void aliases(Scene& s) { s.raw.platform_info &= ~I::AliasCheckComplete::mask; }

constexpr std::string_view entry_sign = "attack EntrySign (CVE-2024-56161)",
                           bad_ram = "attack BadRAM (CVE-2024-21944)";

}  // namespace

std::vector<Forgery> forgeries_of_content() {
    return {
        {"VMPL1", vmpl<1>, "VMPL", "1: not the SVSM speaks"},
        {"VMPL3", vmpl<3>, "VMPL", "3: not the SVSM speaks"},
        {"VMPL0 in place of 1", asks_for_vmpl1, "VMPL", "0, and --vmpl asks for 1"},
        {"asked by the host", vmpl<abi::vmpl_of_host_report>, "VMPL", "none: the host asked"},
        {"debugging", debug, "debugging", "lets the host read and write"},
        {"migration", migration, "migration agent", "the policy lets a migration agent"},
        {"an agent that no policy allows", agent, "migration agent", "REPORT_ID_MA names"},
        {"sibling threads all the same", smt_on, "platform", "disagree about sibling threads"},
        {"energy counters all the same", energy_counters, "platform", "disagree about no energy counters"},
        {"ciphertext that is not hidden", no_hiding, "platform", "disagree about ciphertext hiding"},
        {"firmware that is too old", old_firmware, "firmware",
         "asks for 1.56, and the firmware is 1.55 build 29"},
        {"an ABI that is too old", older_major, "firmware", "asks for 2.51"},
        {"committed newer than current", committed_is_newer, "TCB order, committed",
         "the committed TCB is newer"},
        {"committed build newer", committed_firmware_is_newer, "TCB order",
         "the committed firmware is newer"},
        {"reported newer than committed", reported_is_newer, "TCB order", "the reported TCB is newer"},
        {"a provisional TCB", provisional_tcb, "committed", "the firmware is provisional"},
        {"a provisional firmware", provisional_firmware, "committed", "the firmware is provisional"},
        {"an author without a digest", author_without_digest, "ID block", "its digest is zero"},
        {"an author without a flag", digest_without_author, "ID block", "the flags name none"},
        {"an SVN without a key", svn_without_key, "ID block", "no ID key that signed them"},
        {"a family without a key", family_without_key, "ID block", "no ID key that signed them"},
        {"an image id without a key", image_without_key, "ID block", "no ID key that signed them"},
        {"another program", another_program, "measurement", "another program was launched than demo.igvm"},
        {"sibling threads that the image forbids", allows_smt, "policy", "the policy allows sibling threads"},
        {"CXL that the image forbids", allows_cxl, "policy", "the policy allows memory behind CXL"},
        {"debugging that the image forbids", debug_that_the_image_forbids, "policy",
         "the policy allows debugging"},
        {"two sockets", two_sockets, "policy", "the image asks for a single socket"},
        {"a weaker cipher", weaker_cipher, "policy", "the image asks for AES-256-XTS"},
        {"pages that move", moves_pages, "policy", "the image asks for pages that stay in place"},
        {"an older ABI than the image's", older_abi, "policy", "the image asks for firmware 1.52"},
        {"an image that relies on bit 25", image_relies_on_bit_25, "page moves", "the host may move pages"},
        {"an old report", another_nonce, "report data", "it is not the nonce"},
        {"a nonce without the manifest", manifest_is_unasked, "report data", "not the SHA-512"},
        {"another manifest", another_manifest, "report data", "not the SHA-512"},
        {"manifest before nonce", exchanged_order, "report data", "not the SHA-512"},
        {"a loader of any microcode", old_snp, entry_sign, "would have to show snp>=23"},
        {"a loader of any microcode on Milan", old_snp, entry_sign, "would have to show snp>=24",
         Product::Milan},
        {"launched by old firmware", launched_by_an_old_one, entry_sign, "would have to show snp>=23"},
        {"memory with aliases", aliases, bad_ram, "would have to show alias-check"},
    };
}

}  // namespace tools::attestation
