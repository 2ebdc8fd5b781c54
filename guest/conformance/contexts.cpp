// SPDX-License-Identifier: MIT
#include "guest/conformance/contexts.hpp"

#include "guest/conformance/calls.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/lib/instructions.hpp"

namespace conf {
namespace {
void never_runs() {}
}  // namespace

Context make_context(unsigned vcpu, unsigned vmpl, void (*entry)()) {
    Context context = platform::new_context(vcpu, vmpl);
    platform::fill_vmsa(context, entry);
    return context;
}

std::optional<Context> spare_context() { return spare_beside(1); }

std::optional<Context> spare_beside(unsigned busy) {
    if (platform::vcpu_count() > busy)
        return make_context(platform::vcpu_count() - 1, platform::vmpl(), never_runs);
    if (platform::vmpl() < 3) return make_context(0, platform::vmpl() + 1, never_runs);
    return std::nullopt;
}

std::uint64_t create(const Context& context) {
    return create_vcpu(context.vmsa.value(), context.calling_area.value(), platform::apic_id(context.vcpu));
}
std::uint64_t destroy(const Context& context) {
    // A host may wake the vCPU's CPU without need: the VMSA is in use until the SVSM there has noticed.
    constexpr unsigned tries = 16;
    for (unsigned i = 1; i < tries; ++i) {
        const auto done = delete_vcpu(context.vmsa);
        if (done != result::in_use) return done;
        guest::pause();
    }
    return delete_vcpu(context.vmsa);
}
abi::Vmsa& vmsa_of(const Context& context) { return at<abi::Vmsa>(context.vmsa); }

}  // namespace conf
