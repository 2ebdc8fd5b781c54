// SPDX-License-Identifier: MIT
// Carries out one entry of PVALIDATE's list: the instruction, and the page state before and after it. At each
// step the host may map another system page, or make the access fault. [SVSM "SVSM_CORE_PVALIDATE Call"]
// docs/page-states.md has the reasoning.
#pragma once
#include "svsm/guest/evict_lines.hpp"
#include "svsm/guest/page_states.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/protocol/core/errors.hpp"
#include "svsm/protocol/core/page_entry.hpp"

namespace svsm::core {

/// Flushes at the end of its scope if any right was reduced, on every path out.
class FlushOnExit {
public:
    FlushOnExit() = default;
    FlushOnExit(FlushOnExit&&) = delete;
    ~FlushOnExit() {
        if (is_needed_) machine::flush_guests();
    }
    void need() { is_needed_ = true; }

private:
    bool is_needed_ = false;
};

/// Result of one entry. A plain number: a CallResult would cost more per entry than the rest of the work.
enum class Code : std::uint32_t { Done = abi::svsm_success };

constexpr Code to_code(SvsmError error) { return static_cast<Code>(error); }
constexpr CallResult to_call_result(Code code) {
    if (code == Code::Done) [[likely]]
        return {};
    return std::unexpected{static_cast<SvsmError>(code)};
}

/// Cold, to keep the translation of errors out of the loop over the entries.
[[gnu::cold, gnu::noinline]] inline Code refused(machine::PvalidateError error) {
    return to_code(to_svsm_error(error));
}
[[gnu::cold, gnu::noinline]] inline Code refused(machine::RmpadjustError error) {
    return to_code(to_svsm_error(error));
}

[[gnu::cold, gnu::noinline]] inline Code refused(machine::GuestFault fault) {
    return to_code(to_svsm_error(fault));
}

[[nodiscard]] constexpr Code unchanged(PvalidateEntry entry) {
    return entry.ignores_unchanged() ? Code::Done : to_code(SvsmError::PvalidateUnchanged);
}

/// The page, or the 512 pages, of an entry: their mapping and their states.
template <PageSize size>
struct Pages {
    Va va;
    BlockStates& block;
    std::uint64_t index;  ///< in the block; 0 for a large page
    HostLines lines = HostLines::Coherent;

    template <PageState state>
    [[nodiscard]] bool are_all() const {
        if constexpr (size == PageSize::Size2M)
            return block.template are_all<state>();
        else
            return block.template is<state>(index);
    }
    template <PageState from, PageState to>
    void change() const {
        if constexpr (size == PageSize::Size2M)
            block.template change_all<from, to>();
        else
            block.template change<from, to>(index);
    }
    /// NotValidated to Dirty; false when not all of them were NotValidated. No page is an object.
    [[nodiscard]] bool begin_validation() const {
        if constexpr (size == PageSize::Size4K) {
            return block.begin_validation(index);
        } else {
            return block.begin_validation_of_all();
        }
    }
    /// Dirty to Guests.
    void end_validation() const {
        if constexpr (size == PageSize::Size4K)
            block.end_validation(index);
        else
            block.end_validation_of_all();
    }
};

/// Zeroes and grants a dirty page. If either fails it stays dirty: no level below VMPL0 gets rights on it,
/// and the next PVALIDATE continues here.
template <PageSize size>
[[gnu::always_inline]] inline Code zero_and_grant(Pages<size> pages, abi::Vmpl highest, FlushOnExit& flush) {
    // Evict before zero: the host's cache lines must not overwrite the zeros, or what the guest writes later.
    if (!evict_lines(pages.lines, pages.va, size)) [[unlikely]]
        return refused(machine::GuestFault{});
    // Zero before grant: the host may have mapped a page with the SVSM's secrets at this address, and the
    // guest would read them. After this the host cannot exchange the page: no other page is valid
    // at this address.
    if (!machine::zero(pages.va, bytes_of(size))) [[unlikely]]
        return refused(machine::GuestFault{});
    const auto granted = grant_all(pages.va, size, highest);
    if (!granted) [[unlikely]] {
        flush.need();
        (void)revoke_all(pages.va, size);
        return refused(granted.error());
    }
    pages.end_validation();
    return Code::Done;
}

/// Handles a PVALIDATE that did not answer CF = 0, for a page that was NotValidated and is Dirty now.
template <PageSize size>
[[gnu::cold, gnu::noinline]] Code not_validated(Pages<size> pages, machine::PvalidateError error) {
    // These errors mean that PVALIDATE did nothing, so the guest may try again. An unknown answer leaves the
    // page dirty. So does "was valid already": only the SVSM validates pages, so the page's contents are
    // not the guest's.
    const bool did_nothing =
        error != machine::PvalidateError::Unknown && error != machine::PvalidateError::Unchanged;
    if (did_nothing) pages.template change<PageState::Dirty, PageState::NotValidated>();
    return refused(error);
}

/// VALIDATE of a valid page, or of 2 MiB that are partly valid.
template <PageSize size>
[[gnu::cold, gnu::noinline]] Code validate_again(Pages<size> pages, PvalidateEntry entry, abi::Vmpl highest,
                                                 FlushOnExit& flush) {
    // A second PVALIDATE would make a second page valid at this address, and the host could choose
    // between the two.
    if (pages.template are_all<PageState::Guests>()) return unchanged(entry);
    if (!pages.template are_all<PageState::Dirty>()) return to_code(SvsmError::FailSizeMismatch);
    // An earlier call may have left the page half done, with some rights, or with the VMSA attribute: a VMSA
    // of zeros runs at VMPL0.
    flush.need();
    if (const auto revoked = revoke_all(pages.va, size); !revoked) return refused(revoked.error());
    return zero_and_grant(pages, highest, flush);
}

template <PageSize size>
[[gnu::always_inline]] inline Code validate(Pages<size> pages, PvalidateEntry entry, abi::Vmpl highest,
                                            FlushOnExit& flush) {
    if (!pages.begin_validation()) [[unlikely]]
        return validate_again(pages, entry, highest, flush);
    if (const auto valid = machine::pvalidate(pages.va, size, abi::Validity::Validate); !valid) [[unlikely]]
        return not_validated(pages, valid.error());
    return zero_and_grant(pages, highest, flush);
}

/// RESCIND of pages that are all in state `before`. They keep that state if the instruction did nothing.
template <PageSize size, PageState before>
[[gnu::always_inline]] inline Code rescind_valid(Pages<size> pages, FlushOnExit& flush) {
    const auto keep = [&] {
        if constexpr (before != PageState::Dirty) pages.template change<PageState::Dirty, before>();
    };
    if constexpr (before != PageState::Dirty) pages.template change<before, PageState::Dirty>();
    flush.need();
    // Revoke before rescind: rights left in the entry would apply again at the next validation. If the host
    // makes an RMPADJUST fault, the rescind must not happen.
    if (const auto revoked = revoke_all(pages.va, size); !revoked) [[unlikely]] {
        keep();
        return refused(revoked.error());
    }
    const auto rescinded = machine::pvalidate(pages.va, size, abi::Validity::Rescind);
    if (rescinded) [[likely]] {
        pages.template change<PageState::Dirty, PageState::NotValidated>();
        return Code::Done;
    }
    // The page mapped now is not valid, so it is not the one that the SVSM validated, which is valid still.
    if (rescinded.error() == machine::PvalidateError::Unchanged) keep();
    return refused(rescinded.error());
}

/// RESCIND of pages that are not all in state Guests.
template <PageSize size>
[[gnu::cold, gnu::noinline]] Code rescind_rest(Pages<size> pages, PvalidateEntry entry, FlushOnExit& flush) {
    if (pages.template are_all<PageState::Dirty>())
        return rescind_valid<size, PageState::Dirty>(pages, flush);
    if (pages.template are_all<PageState::NotValidated>()) return unchanged(entry);
    return to_code(SvsmError::FailSizeMismatch);
}

template <PageSize size>
[[gnu::always_inline]] inline Code rescind(Pages<size> pages, PvalidateEntry entry, FlushOnExit& flush) {
    if (!pages.template are_all<PageState::Guests>()) [[unlikely]]
        return rescind_rest(pages, entry, flush);
    return rescind_valid<size, PageState::Guests>(pages, flush);
}

/// Carries out an entry on its pages, which are no objects: validates and grants them to VMPL1 up to
/// `highest`, or revokes and rescinds them. On error no level has gained a right.
template <PageSize size>
[[gnu::always_inline]] inline Code carry_out(Pages<size> pages, PvalidateEntry entry, abi::Vmpl highest,
                                             FlushOnExit& flush) {
    return entry.action() == abi::Validity::Rescind ? rescind(pages, entry, flush)
                                                    : validate(pages, entry, highest, flush);
}

}  // namespace svsm::core
