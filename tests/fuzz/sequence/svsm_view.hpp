// SPDX-License-Identifier: MIT
// The one place where the sequence fuzzer reads the SVSM's records. When their form changes, this file
// changes, and no rule.
#pragma once
#include <array>
#include <memory>

#include "base/fixed_vector.hpp"
#include "machine/sim/machine.hpp"
#include "svsm/guest/guest.hpp"
#include "tests/fuzz/sequence/scene.hpp"

namespace fuzz {

/// Where one level of one vCPU calls through.
struct Place {
    abi::Vmpl level;
    Gpa vmsa, calling_area;
};
using Places = FixedVector<Place, guest_levels.size()>;

enum class Kind : std::uint8_t {
    Ordinary,
    Dirty,  ///< valid, and not granted yet
    Svsm,
    Vmsa,
    CallingArea,
    Deposited  ///< given by the guest
};

class SvsmView {
public:
    /// An SVSM that has booted, with a guest at `level` on all vCPUs but the last. Its memory
    /// is launched already.
    SvsmView(sim::Machine& machine, abi::Vmpl level);

    /// svsm_request_loop of that CPU, which must be the current one: never returns, but for an exception
    /// of a hook.
    [[noreturn]] void run(unsigned cpu);
    /// Present levels of a vCPU.
    [[nodiscard]] Places places(unsigned cpu) const;
    /// What the SVSM takes the page for.
    [[nodiscard]] Kind kind(Gpa page) const;
    /// The SVSM permits a call to name it.
    [[nodiscard]] bool is_nobodys(Gpa page) const {
        return kind(page) == Kind::Ordinary || kind(page) == Kind::Dirty;
    }
    /// In the SVSM's table the page is ordinary, valid, and the guest's.
    [[nodiscard]] bool is_guests(Gpa page) const;
    /// In the SVSM's table no system page is valid there.
    [[nodiscard]] bool is_not_validated(Gpa page) const;
    /// A window for one use is still open on this CPU.
    [[nodiscard]] bool has_open_window(unsigned cpu) const;
    /// The permanent windows map the vCPU's VMSAs and calling areas, and nothing else.
    [[nodiscard]] bool shows_places(unsigned cpu) const;

private:
    void start_pages();

    sim::Machine& machine_;
    std::unique_ptr<svsm::Guest> guest_ = std::make_unique<svsm::Guest>();
    std::array<svsm::Vcpu, cpus> vcpus_{};
    std::array<svsm::SharedLock::Reader, cpus> readers_{};
    std::array<svsm::PageBuffer, cpus> scratch_{};
    std::array<svsm::Region, 3> regions_{};
    std::array<svsm::BlockStates, memory_end.value() / large_page_bytes> states_{};
    std::array<svsm::Region*, memory_end.value() / large_page_bytes> directory_{};
};

}  // namespace fuzz
