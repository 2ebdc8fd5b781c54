// SPDX-License-Identifier: MIT
// One small state machine per vCPU. A trace may begin anywhere and may be damaged: every event must be
// acceptable in every state.
#include "tools/trace/timeline.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "abi/adyton/guest_info.hpp"
#include "tools/trace/describe.hpp"

namespace tools::trace {
namespace {

constexpr std::size_t longest_line = 200;

class Lane {
public:
    Lane(Timeline& out, std::uint32_t cpu, std::uint64_t end) : out_{out}, cpu_{cpu}, last_{end} {}

    void take(const Event& e) {
        now_ = std::max(now_, e.time);
        switch (e.kind) {
            case Kind::Enter: return enter(e);
            case Kind::Leave: return open(Slice::Type::Host, e.vmpl, "host: " + title(e).substr(20));
            case Kind::Run: return run(e);
            case Kind::GhcbMsr:
                // The page's own record follows and says more.
                if ((e.a & 0xfff) == 0) return;
                [[fallthrough]];
            case Kind::GhcbEvent: return rename_host("host: " + request_name(e));
            case Kind::CallBegin: pending_ = &e; return;
            case Kind::CallEnd: return call_ended(e);
            case Kind::Switch: return switch_world(e);
            case Kind::Sleep: close_all(); return open(Slice::Type::Sleep, e.vmpl, "asleep");
            case Kind::Wake: return close_all();
            case Kind::ApCreate:
                if (!open_.empty()) creations_.insert(&e);
                return;
            case Kind::ApStart: started_ = &e; return;
            case Kind::Text: return text(e);
            default: return;
        }
    }
    /// The machine stopped: whatever is still open ends here.
    void finish() {
        now_ = std::max(now_, last_);
        close_all();
        for (auto& [port, line] : lines_) flush(line);
    }
    /// AP creations that took effect here, with the time of the entry they led to.
    [[nodiscard]] const auto& entries() const { return entries_; }
    /// AP creations that a World here asked for.
    [[nodiscard]] const auto& creations() const { return creations_; }

private:
    [[nodiscard]] Slice* top() { return open_.empty() ? nullptr : &out_.slices[open_.back()]; }

    void open(Slice::Type type, std::uint8_t vmpl, std::string name) {
        close_host();
        if (type == Slice::Type::Host && open_.empty()) return;
        out_.edges[cpu_].push_back({now_, out_.slices.size(), true});
        open_.push_back(out_.slices.size());
        out_.slices.push_back({type,
                               cpu_,
                               vmpl,
                               static_cast<std::uint16_t>(open_.size() - 1),
                               now_,
                               now_,
                               std::move(name),
                               0,
                               {}});
    }
    void close() {
        top()->end = now_;
        out_.edges[cpu_].push_back({now_, open_.back(), false});
        open_.pop_back();
    }
    void close_host() {
        if (top() != nullptr && top()->type != Slice::Type::World) close();
    }
    void close_all() {
        while (!open_.empty()) close();
    }

    void enter(const Event& e) {
        close_host();
        // Without a Run VMPL in between: a first entry, one by AP creation, or records are missing.
        if (top() != nullptr && top()->vmpl != e.vmpl) close_all();
        if (top() == nullptr) open(Slice::Type::World, e.vmpl, formatted("VMPL{}", e.vmpl));
        if (started_ != nullptr && (started_->detail & 0xf) == e.vmpl) {
            entries_.emplace_back(started_, e.time);
            started_ = nullptr;
        }
    }
    void run(const Event& e) {
        if (top() == nullptr || top()->type != Slice::Type::World) return;
        open(Slice::Type::Run, e.vmpl, "until " + exit_name(e.value));
        top()->ticks = e.a;
        // A damaged length must not push all that follows out of the picture.
        now_ = std::max(now_, e.a <= last_ - e.time ? e.time + e.a : e.time);
        close();
    }
    void rename_host(std::string name) {
        if (top() != nullptr && top()->type == Slice::Type::Host) top()->name = std::move(name);
    }
    void switch_world(const Event& e) {
        close_host();
        const auto target = static_cast<std::uint8_t>(e.detail & 3);
        if (target == 0 && pending_ != nullptr) {
            const std::string name = call_name(pending_->a);
            out_.flows.push_back({Flow::Type::Call, cpu_, cpu_, now_, now_, name});
            open(Slice::Type::World, 0, "VMPL0: " + name);
            call_ = {open_.back(), out_.flows.size() - 1};
            pending_ = nullptr;
            return;
        }
        const bool is_below = std::ranges::any_of(
            open_, [&](std::size_t i) { return i != open_.back() && out_.slices[i].vmpl == target; });
        while (!open_.empty() && !(is_below && top()->vmpl == target)) close();
        if (open_.empty()) open(Slice::Type::World, target, formatted("VMPL{}", target));
    }
    void call_ended(const Event& e) {
        // Its World may be gone if records are missing; an arrow needs a slice at both ends.
        if (!call_ || std::ranges::find(open_, call_->slice) == open_.end()) return;
        out_.slices[call_->slice].ticks = e.c;
        out_.slices[call_->slice].result = result_name(e.b);
        out_.flows[call_->flow].to = e.time;
        call_.reset();
    }

    void text(const Event& e) {
        const bool is_mark = e.value == abi::adyton::mark_port;
        Line& line = lines_[e.value];
        for (const char c : text_of(e)) {
            if (line.text.empty()) line = {cpu_, e.vmpl, e.time, is_mark, {}};
            if (c == '\n' || line.text.size() >= longest_line) flush(line);
            if (c != '\n' && c != '\r') line.text += c;
        }
    }
    void flush(Line& line) {
        if (!line.text.empty()) out_.lines.push_back(line);
        line.text.clear();
    }

    struct OpenCall {
        std::size_t slice, flow;
    };
    Timeline& out_;
    std::uint32_t cpu_;
    std::uint64_t last_, now_ = 0;
    std::vector<std::size_t> open_;
    const Event* pending_ = nullptr;
    const Event* started_ = nullptr;
    std::optional<OpenCall> call_;
    std::map<std::uint32_t, Line> lines_;
    std::vector<std::pair<const Event*, std::uint64_t>> entries_;
    std::set<const Event*> creations_;
};

/// Each entry belongs to the last request before it that names this vCPU, level and VMSA: in the machine,
/// too, a later message in the mailbox replaces an earlier one.
void connect(const Trace& trace, const std::vector<Lane>& lanes, Timeline& out) {
    using Key = std::tuple<std::uint32_t, unsigned, std::uint64_t>;
    std::map<Key, const Event*> asked;
    std::map<const Event*, const Event*> cause;
    for (const Event& e : trace.events) {
        const unsigned vmpl = e.detail & 0xf;
        if (e.kind == Kind::ApCreate && lanes[e.cpu].creations().contains(&e))
            asked[{e.value, vmpl, e.a}] = &e;
        if (e.kind != Kind::ApStart) continue;
        if (const auto found = asked.find({e.cpu, vmpl, e.a}); found != asked.end())
            cause[&e] = found->second;
    }
    for (const Lane& lane : lanes)
        for (const auto& [start, time] : lane.entries())
            if (const auto found = cause.find(start); found != cause.end())
                out.flows.push_back({Flow::Type::ApStart, found->second->cpu, start->cpu, found->second->time,
                                     time, formatted("start of vCPU {}", start->cpu)});
}

}  // namespace

Timeline build_timeline(const Trace& trace) {
    Timeline out;
    out.edges.resize(trace.cpu_count);
    std::vector<Lane> lanes;
    for (std::uint32_t cpu = 0; cpu < trace.cpu_count; ++cpu) lanes.emplace_back(out, cpu, trace.end);
    for (const Event& e : trace.events) lanes[e.cpu].take(e);
    for (Lane& lane : lanes) lane.finish();
    // A call that the end of the trace cut off has no answer to flow to.
    std::erase_if(out.flows, [](const Flow& f) { return f.type == Flow::Type::Call && f.to == f.from; });
    connect(trace, lanes, out);
    std::ranges::stable_sort(out.lines, {}, &Line::time);
    return out;
}

}  // namespace tools::trace
