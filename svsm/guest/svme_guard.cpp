// SPDX-License-Identifier: MIT
#include "svsm/guest/svme_guard.hpp"

#include "abi/snp/vmsa.hpp"
#include "abi/x86/registers.hpp"
#include "machine/machine.hpp"

namespace svsm {
namespace {

enum class Svme : std::uint64_t { Off = 0, On = abi::Efer::svme };

/// Compare-exchange: a concurrent change makes it fail and is not overwritten.
bool set_svme(Va efer, Svme wanted) {
    const auto old = machine::load_u64(efer);
    if (!old) return false;
    const auto value = (*old & ~abi::Efer::svme) | static_cast<std::uint64_t>(wanted);
    const auto exchanged = machine::compare_exchange_u64(efer, *old, value);
    return exchanged && *exchanged;
}

}  // namespace

SvmeGuard::SvmeGuard(Va vmsa)
    : efer_{vmsa + offsetof(abi::Vmsa, efer)}, is_held_{set_svme(efer_, Svme::Off)} {}

SvmeGuard::~SvmeGuard() {
    // A failure leaves the VMSA stopped: the host took its page, which denies service to this guest only.
    if (is_held_) (void)set_svme(efer_, Svme::On);
}

void clear_svme(Va page) { (void)set_svme(page + offsetof(abi::Vmsa, efer), Svme::Off); }

}  // namespace svsm
