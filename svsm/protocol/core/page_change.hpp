// SPDX-License-Identifier: MIT
// What one entry of PVALIDATE's list does to its page: the instruction, and the state before and after it. At
// each step the host may show another system page, or make the access fault. [SVSM "SVSM_CORE_PVALIDATE
// Call"] docs/page-states.md has the reasoning.
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

/// Of one entry. A plain number: taking a CallResult apart and putting it together again would cost more than
/// anything else that is done to an entry.
enum class Code : std::uint32_t { Done = abi::svsm_success };

constexpr Code to_code(SvsmError error) { return static_cast<Code>(error); }
constexpr CallResult to_call_result(Code code) {
    if (code == Code::Done) [[likely]]
        return {};
    return std::unexpected{static_cast<SvsmError>(code)};
}

/// Out of the way, so that the loop over the entries has no translation of errors in it.
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

/// The page, or the 512 pages, of an entry: where they are seen, and what is known of them.
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
    /// NotValidated to Dirty; false when that is not what all of them are. No page is an object.
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

/// From dirty on. If either fails the page stays dirty: nobody may have it, and the next PVALIDATE begins
/// here.
template <PageSize size>
[[gnu::always_inline]] inline Code zero_and_grant(Pages<size> pages, abi::Vmpl highest, FlushOnExit& flush) {
    // Evict before zero: what the host's cache lines hold must not land on the zeros, and on what comes
    // after.
    if (!evict_lines(pages.lines, pages.va, size)) [[unlikely]]
        return refused(machine::GuestFault{});
    // Zero before grant: the host may have put a page with the SVSM's secrets behind this address, and the
    // guest would read them. It cannot put another one there after that: one valid page is all that this
    // address has.
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

/// PVALIDATE of a page that was not valid, and is called dirty by now, did not answer CF = 0.
template <PageSize size>
[[gnu::cold, gnu::noinline]] Code not_validated(Pages<size> pages, machine::PvalidateError error) {
    // It did nothing: an honest host lets the guest try again. Not so for an answer that we do not know; nor
    // for one that says that the page was valid: nobody but us makes pages valid, so whatever is in it is not
    // the guest's.
    const bool did_nothing =
        error != machine::PvalidateError::Unknown && error != machine::PvalidateError::Unchanged;
    if (did_nothing) pages.template change<PageState::Dirty, PageState::NotValidated>();
    return refused(error);
}

/// VALIDATE of what is valid, or of 2 MiB that are partly so.
template <PageSize size>
[[gnu::cold, gnu::noinline]] Code validate_again(Pages<size> pages, PvalidateEntry entry, abi::Vmpl highest,
                                                 FlushOnExit& flush) {
    // A second PVALIDATE would give this address a second valid page, and the host the choice between them.
    if (pages.template are_all<PageState::Guests>()) return unchanged(entry);
    if (!pages.template are_all<PageState::Dirty>()) return to_code(SvsmError::FailSizeMismatch);
    // What an earlier call left half done: a few rights, or the attribute of a VMSA, and zeros are one for
    // VMPL0.
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

/// RESCIND of pages that are all in state `before`, which they keep when it turns out that nothing was done.
template <PageSize size, PageState before>
[[gnu::always_inline]] inline Code rescind_valid(Pages<size> pages, FlushOnExit& flush) {
    const auto keep = [&] {
        if constexpr (before != PageState::Dirty) pages.template change<PageState::Dirty, before>();
    };
    if constexpr (before != PageState::Dirty) pages.template change<before, PageState::Dirty>();
    flush.need();
    // Revoke before invalidate: rights left behind would be live again as soon as the page is. A host that
    // makes an RMPADJUST fault must not get us past it.
    if (const auto revoked = revoke_all(pages.va, size); !revoked) [[unlikely]] {
        keep();
        return refused(revoked.error());
    }
    const auto rescinded = machine::pvalidate(pages.va, size, abi::Validity::Rescind);
    if (rescinded) [[likely]] {
        pages.template change<PageState::Dirty, PageState::NotValidated>();
        return Code::Done;
    }
    // The page that is shown now is not valid, so it is not the one that we validated: that one still is.
    if (rescinded.error() == machine::PvalidateError::Unchanged) keep();
    return refused(rescinded.error());
}

/// RESCIND of what is not the guest's, all of it.
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

/// Does to the pages of an entry, which are no objects, what it asks for: grants them to VMPL1 up to
/// `highest`, or takes them from all. On every error they are in a state that grants nothing new.
template <PageSize size>
[[gnu::always_inline]] inline Code carry_out(Pages<size> pages, PvalidateEntry entry, abi::Vmpl highest,
                                             FlushOnExit& flush) {
    return entry.action() == abi::Validity::Rescind ? rescind(pages, entry, flush)
                                                    : validate(pages, entry, highest, flush);
}

}  // namespace svsm::core
