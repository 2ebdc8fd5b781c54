// SPDX-License-Identifier: MIT
#include "tools/bench/firmware_trace.hpp"

#include <algorithm>
#include <optional>

#include "base/address.hpp"
#include "tools/trace/describe.hpp"

namespace tools::bench {
namespace {

using abi::adyton::trace::RmpDetail;
using trace::Event, trace::Kind;

/// Steps of REP STOS that zero a page of 4 KiB.
constexpr std::uint64_t steps_of_a_page = page_bytes / sizeof(std::uint64_t);
constexpr std::uint64_t pages_of_a_large_one = large_page_bytes / page_bytes;
constexpr std::uint32_t console_port = 0x3f8;

/// A call that VMPL0 is answering.
struct Open {
    PvalidateCall work{};
    std::uint64_t zeroing = 0;
    bool rescinds = false;
};

class Reader {
public:
    explicit Reader(std::string_view init_mark) : init_mark_{init_mark} {}

    /// True at the last mark.
    bool take(const Event& e) {
        switch (e.kind) {
            case Kind::Run: count_exit(e); break;
            case Kind::NestedFault: ++now_.nested_faults; break;
            case Kind::Leave: ++now_.world_switches; break;
            case Kind::CallBegin:
                ++now_.calls;
                open_.emplace();
                break;
            case Kind::Pvalidate: count_entry(e); break;
            case Kind::CallEnd: close(e); break;
            case Kind::Text: return hear(e);
            default: break;
        }
        return false;
    }
    [[nodiscard]] bool has_manager() const { return has_manager_; }
    [[nodiscard]] FirmwareTrace result() && { return std::move(result_); }

private:
    void count_exit(const Event& e) {
        guest_ran_ |= e.vmpl != 0;
        if (e.vmpl != 0)
            ++now_.guest_exits;
        else
            ++(guest_ran_ ? now_.vmpl0_exits : now_.start_exits);
    }

    void count_entry(const Event& e) {
        if (!open_ || e.vmpl != 0) return;
        const bool is_large = (e.detail & RmpDetail::size_2m) != 0;
        ++(is_large ? open_->work.large : open_->work.small);
        const bool validates = (e.detail & RmpDetail::validate) != 0;
        open_->rescinds |= !validates;
        // A page that was valid, or that the RMP refused, is not zeroed.
        const bool is_done = (e.detail & (RmpDetail::carry | RmpDetail::fault)) == 0 && e.value == 0;
        if (validates && is_done) open_->zeroing += steps_of_a_page * (is_large ? pages_of_a_large_one : 1);
    }

    void close(const Event& e) {
        if (!open_) return;  // the launch of the guest is no answer
        Open done = *open_;
        open_.reset();
        const bool is_validation = done.work.small + done.work.large != 0 && !done.rescinds;
        if (!is_validation) {
            ++result_.other_calls;
            result_.other_instructions += e.c - std::min(e.c, done.zeroing);
            return;
        }
        done.work.instructions = e.c - std::min(e.c, done.zeroing);
        result_.validations.push_back(done.work);
    }

    /// The SVSM writes to the console too.
    bool hear(const Event& e) {
        if (e.vmpl == 0 || e.value != console_port) return false;
        if (!has_manager_) result_.to_manager = now_;
        has_manager_ = true;
        heard_ += trace::text_of(e);
        if (!heard_.contains(init_mark_)) {
            heard_.erase(0, heard_.size() - std::min(heard_.size(), init_mark_.size()));
            return false;
        }
        result_.to_init = now_;
        return true;
    }

    std::string_view init_mark_;
    Stretch now_{};
    FirmwareTrace result_{};
    std::optional<Open> open_{};
    std::string heard_{};
    bool guest_ran_ = false, has_manager_ = false;
};

}  // namespace

Result<FirmwareTrace> read_boot(const trace::Trace& trace, std::string_view init_mark) {
    for (const std::uint64_t lost : trace.lost)
        if (lost != 0) return problem("the trace of the boot lacks its first {} records", lost);
    Reader reader{init_mark};
    for (const Event& event : trace.events)
        if (reader.take(event)) return std::move(reader).result();
    return problem("the trace of the boot ends before {}",
                   reader.has_manager() ? "init" : "the firmware writes to its console");
}

}  // namespace tools::bench
