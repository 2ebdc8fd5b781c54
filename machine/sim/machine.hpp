// SPDX-License-Identifier: MIT
// A software SNP machine for unit tests: memory, RMP, hypervisor and adversaries behind machine/machine.hpp.
#pragma once
#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "machine/machine.hpp"
#include "model/rmp.hpp"

namespace sim {

using abi::Vmpl;
using model::AccessKind;

/// Thrown by machine::terminate and by a termination request to the hypervisor.
struct Terminated {
    abi::adyton::Termination reason;
};

/// Thrown when the SVSM uses `machine.hpp` in a way that no hardware accepts: a stale or foreign
/// window address, an address with the C-bit in it, an MSR that the test did not prepare. Always a bug
/// of the caller.
struct Misuse : std::logic_error {
    using std::logic_error::logic_error;
};

/// What the SVSM is about to do when `Machine::between` is called.
enum class Step : std::uint8_t {
    Pvalidate,
    Rmpadjust,
    MapWindow,
    UnmapWindow,
    GuestRead,
    GuestWrite,
    CompareExchange,
    Flush,
    Exchange,
    Vmgexit,
};

class Machine {
public:
    static constexpr unsigned max_cpus = 16;
    static constexpr unsigned c_bit = 47;
    /// System pages behind the guest's memory that the hypervisor maps nowhere at first.
    static constexpr std::uint64_t spare_pages = 64;

    /// A machine with `bytes` of memory (all of it the hypervisor's, shown one to one); the calling thread
    /// becomes its CPU 0. One machine at a time per thread.
    explicit Machine(std::uint64_t bytes);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    // ---- the scene

    /// Gives a range to the guest as the launch does: validated, for VMPL0 only. Whole pages.
    void launch(GpaRange range);
    /// The same, and open to every VMPL up to `lowest`: memory of a running guest.
    void launch_for_guest(GpaRange range, Vmpl lowest);
    /// Assigned as one 2 MiB page, not validated.
    void assign_large(Gpa page);
    /// The hypervisor takes a page away (contents are lost), or gives it back unvalidated with contents
    /// of its choice.
    void host_takes(Gpa page, PageSize size = PageSize::Size4K);
    void host_gives(Gpa page, PageSize size = PageSize::Size4K);
    /// Page state change as an honest host does it (model/host/page_state.hpp): contents of a page that
    /// changes hands are lost, a hint changes nothing. False when refused; nothing has changed then.
    [[nodiscard]] bool change_page_state(Gpa page, PageSize size, abi::PscOperation operation);
    /// A page that is a VMSA already, readable for VMPL1 up to `readers`.
    void launch_vmsa(Gpa page, Vmpl readers);
    /// A CPU begins or ceases to run the VMSA in this page, which need not be shown for that.
    void set_in_use(Gpa vmsa, bool in_use);
    void set_in_use(Spa vmsa, bool in_use);

    // The host's map of its guest's addresses to system pages. Contents always stay.

    /// A page of the hypervisor's own that was never mapped; Misuse when `spare_pages` are used up.
    [[nodiscard]] Spa host_page();
    /// RMPUPDATE: binds a system page, mapped or not, to a guest address. It is unvalidated then.
    void host_binds(Spa system, Gpa page);
    /// Edits the nested tables, and flushes: `system` is mapped at `page` from now on. The previous
    /// page is unchanged.
    void host_shows(Gpa page, Spa system);
    /// Unmaps `page`: any access to it faults.
    void host_hides(Gpa page);
    /// The system page mapped at `page`; empty when there is none.
    [[nodiscard]] std::optional<Spa> shown(Gpa page) const;
    [[nodiscard]] model::RmpEntry entry(Spa page) const {
        std::lock_guard lock{mutex_};
        return rmp_.entry(page);
    }
    /// The bytes of a system page, wherever it is mapped, for a test with one thread.
    [[nodiscard]] std::span<std::byte> bytes(Spa page) { return {ram_.get() + page.value(), page_bytes}; }

    /// Memory as a debugger sees it, through the nested tables: no checks.
    template <class T>
    [[nodiscard]] T peek(Gpa at) const {
        T value;
        std::lock_guard lock{mutex_};
        std::memcpy(&value, memory(at, sizeof value), sizeof value);
        return value;
    }
    template <class T>
    void poke(Gpa at, const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::lock_guard lock{mutex_};
        std::memcpy(memory(at, sizeof value), &value, sizeof value);
    }
    /// Every byte of the range has this value.
    [[nodiscard]] bool is_filled_with(GpaRange range, std::uint8_t value) const;
    void fill(GpaRange range, std::uint8_t value);
    /// A view of the bytes themselves, for a test with one thread.
    [[nodiscard]] std::span<const std::byte> bytes(GpaRange range) const {
        return {memory(range.begin, range.size()), range.size()};
    }

    // ---- what the guest can do now

    /// The RMP lets `vmpl` do this (private access).
    [[nodiscard]] bool rmp_allows(Vmpl vmpl, AccessKind kind, Gpa at) const;
    /// The same, or a stale translation still permits it, because no flush followed the revocation.
    [[nodiscard]] bool guest_may(Vmpl vmpl, AccessKind kind, Gpa at) const;
    /// Guest software stores or loads; false or empty when it may not.
    template <class T>
    bool guest_store(Vmpl vmpl, Gpa at, const T& value) {
        if (!guest_may(vmpl, AccessKind::Write, at)) return false;
        poke(at, value);
        return true;
    }
    template <class T>
    [[nodiscard]] std::optional<T> guest_load(Vmpl vmpl, Gpa at) const {
        if (!guest_may(vmpl, AccessKind::Read, at)) return std::nullopt;
        return peek<T>(at);
    }
    /// Pages of which some VMPL keeps a translation with more rights than the RMP gives it now.
    [[nodiscard]] std::size_t stale_pages() const;
    [[nodiscard]] model::RmpEntry entry(Gpa page) const {
        std::lock_guard lock{mutex_};
        return rmp_.entry(page);
    }
    /// The whole table, entry i of system page i, for a test with one thread that looks at it often.
    [[nodiscard]] std::span<const model::RmpEntry> entries() const { return entries_; }
    [[nodiscard]] unsigned flushes() const { return flushes_; }

    // ---- what the SVSM holds

    /// Windows of all CPUs that are mapped now.
    [[nodiscard]] unsigned live_windows() const;
    /// Page-table entries that all CPUs have written so far.
    [[nodiscard]] unsigned window_changes() const { return window_changes_; }
    /// CPU of the calling thread.
    [[nodiscard]] static unsigned current_cpu();
    /// Page that a window of the calling thread's CPU maps.
    [[nodiscard]] std::optional<Gpa> window_target(machine::Window window) const;
    /// A window for one use of guest memory is open on some CPU.
    [[nodiscard]] bool has_open_look() const;
    [[nodiscard]] const std::string& console() const { return console_; }

    // ---- adversaries and the rest of the world

    /// Runs before each step of the SVSM, and before each further page that a step touches: the moment of
    /// another vCPU or of the hypervisor. An act after a step happens before the next one, because they
    /// cannot see the SVSM's own memory. Not called for the steps that it causes itself. With several threads
    /// it runs on each of them, at the same time.
    std::function<void(Step)> between;
    /// Asked at each access to a page of guest memory, PVALIDATE and RMPADJUST among them: true makes this
    /// one fault as if the page were not there, before it has any effect.
    std::function<bool(Step)> faults;
    /// As `between`, before reads of guest memory only; the argument is the address that is read.
    std::function<void(Gpa)> before_guest_read;
    /// The result of the next instruction on this page instead of the model's: a CPU newer than the
    /// specification, or a page that vanished under it.
    std::function<std::optional<machine::PvalidateError>(Gpa)> pvalidate_result;
    std::function<std::optional<machine::RmpadjustError>(Gpa)> rmpadjust_result;
    /// Called with each MSR protocol request and the honest reply; what it returns is what the SVSM gets.
    std::function<std::uint64_t(std::uint64_t request, std::uint64_t honest)> host_reply;
    /// Called with the GHCB page of each event after the honest reply is in it, to spoil it.
    std::function<void(abi::Ghcb&)> host_event_reply;
    /// Another VMPL of this vCPU runs; returns when the SVSM runs again.
    std::function<void(unsigned vmpl)> on_run_vmpl;
    /// How much of a page state change list the host does before it wants another request.
    unsigned psc_entries_per_exit = abi::psc_max_entries;
    /// AP creation requests, in the order of their arrival.
    struct ApCreation {
        std::uint64_t info_1, vmsa, sev_features;
    };
    std::vector<ApCreation> ap_creations;
    /// A message for the AMD-SP. The pages lie outside the machine's memory, as a GHCB does: the test has them.
    struct GuestRequest {
        Gpa message, answer;
        std::optional<GpaRange> certificates = std::nullopt;  ///< of an extended request
    };
    /// What the host says then, beside what is in the pages: status of host and AMD-SP, pages of certificates.
    struct GuestRequestReply {
        std::uint64_t info_2 = 0, rbx = 0;
    };
    /// The part of host and AMD-SP in a guest request. Without it the host does not know the event.
    std::function<GuestRequestReply(const GuestRequest&)> on_guest_request;
    std::function<void()> on_halt, on_pause;
    /// What RDMSR finds; anything else is Misuse.
    std::map<abi::Msr, std::uint64_t> msrs{{abi::Msr::SevStatus, 7}};
    /// The processor knows INVLPGB and TLBSYNC.
    bool has_invlpgb = true;
    /// TSC: advances by `ticks_per_read` at each look.
    std::uint64_t tsc = 0, ticks_per_read = 1000;

private:
    friend class Door;
    friend class Cpu;
    struct WindowState {
        std::optional<Gpa> page;
        std::uint64_t generation = 0;
    };
    struct CpuState {
        std::array<WindowState, machine::window_count> windows{};
        std::unique_ptr<abi::Ghcb> ghcb = std::make_unique<abi::Ghcb>();
    };
    /// Rights that translations from before the last flush give.
    struct Cached {
        std::array<std::uint8_t, abi::vmpl_count> rights{};
        bool is_listed = false;  ///< in cached_pages_
    };

    /// Bytes of the system page mapped there; Misuse where none is, or where several pages make up the range.
    [[nodiscard]] std::byte* memory(Gpa at, std::uint64_t bytes);
    [[nodiscard]] const std::byte* memory(Gpa at, std::uint64_t bytes) const;
    /// Rights that the RMP gives `vmpl` on the page mapped at `page`.
    [[nodiscard]] std::uint8_t rights(Vmpl vmpl, Gpa page) const;
    /// Remembers what the guest's TLBs hold of `page` before an instruction changes its rights.
    void remember_rights(Gpa page, PageSize size);
    /// What a flush does.
    void forget_rights();
    void scramble(Gpa page, PageSize size);

    mutable std::recursive_mutex mutex_;
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); }
    };
    std::unique_ptr<std::byte, Free> ram_;  ///< from calloc: pages that no test touches cost nothing
    std::uint64_t ram_bytes_;
    std::vector<model::Frame> frames_;
    std::vector<model::RmpEntry> entries_;
    model::Rmp rmp_;
    std::array<CpuState, max_cpus> cpus_;
    std::vector<Cached> cached_;               ///< of each page
    std::vector<std::uint64_t> cached_pages_;  ///< those with something in `cached_`
    std::string console_;
    unsigned flushes_ = 0, window_changes_ = 0;
    std::uint64_t used_spares_ = 0;
};

/// Binds the calling thread to a CPU of a machine for one scope.
class [[nodiscard]] Cpu {
public:
    Cpu(Machine& machine, unsigned index);
    ~Cpu();
    Cpu(const Cpu&) = delete;
    Cpu& operator=(const Cpu&) = delete;

private:
    Machine* previous_machine_;
    unsigned previous_index_;
};

}  // namespace sim
