// SPDX-License-Identifier: MIT
// Writes garbage into its calling area, then has the hypervisor take the page away while the SVSM uses it.
// The other vCPUs call all the time, and the last of them reports: the SVSM may stop serving this vCPU, but
// not the others.
#include <span>

#include "guest/bad/random.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr unsigned calls_each = 1000, calls_without_area = 50;
constexpr guest::svsm::Registers question{.rax = guest::svsm::call_id(abi::CoreCall::QueryProtocol),
                                          .rcx = 1};
constexpr std::uint64_t right_answer = 0x0000'0001'0000'0001;

constinit std::atomic<bool> area_is_gone{false};
constinit std::atomic<unsigned> finished{0}, wrong{0};

void keep_calling(guest::Vcpu&) {
    // Until the area is gone, and then a thousand times more.
    for (unsigned left = calls_each; left > 0; left -= area_is_gone.load() ? 1 : 0)
        if (guest::svsm::query_protocol(abi::core_protocol, 1) != right_answer) ++wrong;
    if (++finished < guest::vcpu_count() - 1) return;
    guest::say("# {} vCPUs were served meanwhile, {} wrong answers", finished.load(), wrong.load());
    guest::report(wrong.load() == 0 ? 0 : 1);
}

void write_garbage(bad::Random& random) {
    for (auto& word :
         std::span{guest::pointer_to<std::uint64_t>(guest::this_vcpu().calling_area), page_bytes / 8})
        word = random.next();
}

/// Reserved values of CALL_PENDING in a page of noise: refused, nothing executed. Then one call that
/// is in order.
void call_with_garbage() {
    bad::Random random{1};
    for (unsigned pending = 2; pending < 256; ++pending) {
        write_garbage(random);
        const auto done = guest::svsm::exchange(question, static_cast<std::uint8_t>(pending));
        if (done.registers.rax != static_cast<std::uint64_t>(abi::SvsmError::InvalidFormat)) ++wrong;
        if (done.registers.rcx != question.rcx) ++wrong;
    }
    write_garbage(random);
    if (guest::svsm::query_protocol(abi::core_protocol, 1) != right_answer) ++wrong;
    guest::say("# 254 reserved values of CALL_PENDING, {} wrong answers", wrong.load());
}

/// The page is the hypervisor's, then the guest's but not validated: neither can hold a call.
void call_without_area() {
    const Gpa area = guest::this_vcpu().calling_area;
    for (const auto operation : {abi::PscOperation::Shared, abi::PscOperation::Private}) {
        if (!guest::change_page_state(area, operation)) guest::fatal("the host refused to change the page");
        area_is_gone = true;
        for (unsigned i = 0; i < calls_without_area; ++i)
            if (guest::svsm::enter(question).registers.rax != question.rax) ++wrong;
    }
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::start_all(keep_calling);
    call_with_garbage();
    call_without_area();
    if (guest::vcpu_count() == 1) return wrong.load() == 0 ? 0 : 1;
    guest::park();
}
