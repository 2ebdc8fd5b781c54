// SPDX-License-Identifier: MIT
// Takes the SVSM's pages away, one after the other from the last, with a host that permits it: by page state
// changes, or (TAKE_BY_TOUCH) by reading them without the C-bit. In between it calls. The SVSM must end; it
// must not continue to serve.
#include "abi/snp/secrets.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

void take(Gpa page) {
#ifdef TAKE_BY_TOUCH
    (void)guest::probe_load(Va{reinterpret_cast<std::uintptr_t>(guest::shared_view(page))});
#else
    (void)guest::change_page_state(page, abi::PscOperation::Shared);
#endif
}

/// One call that reads pages of the guest, one that changes the SVSM's tables.
void call_the_svsm(Gpa page) {
    if (!guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Rescind) ||
        !guest::svsm::set_validity(page, PageSize::Size4K, abi::Validity::Validate))
        guest::say("# a call was refused");
    (void)guest::svsm::remap_ca(guest::this_vcpu().calling_area);
}

/// On the second vCPU: the VMSA of the first one is a page of the SVSM's, too, and cannot be taken
/// while it runs.
void take_all(guest::Vcpu&) {
    const auto& secrets = *guest::pointer_to<const abi::SecretsPage>(Gpa{guest::info().secrets_gpa});
    const Gpa begin{secrets.svsm_base}, own = guest::allocate_pages();
    unsigned taken = 0;
    for (Gpa page = begin + secrets.svsm_size; page > begin;) {
        page = page - page_bytes;
        take(page);
        call_the_svsm(own);
        if (++taken % 64 == 0) guest::say("# {} pages taken", taken);
    }
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::map_shared_view();
    guest::start_all(take_all);
    guest::wait_for_all();
    return 1;  // the SVSM has lost all its memory and answers
}
