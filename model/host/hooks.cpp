// SPDX-License-Identifier: MIT
// Which rows are due.
#include "model/host/hooks.hpp"

#include <algorithm>

namespace model::host {

const Lie* Due::find(Act act) const& {
    const auto found = std::find_if(begin(), end(), [&](const Lie& lie) { return lie.act == act; });
    return found == end() ? nullptr : found;
}

std::uint64_t Due::applied_to(Field field, std::uint64_t truth) const {
    for (const Lie& lie : lies_) {
        if (lie.field != field) continue;
        switch (lie.act) {
            case Act::Set: truth = lie.value; break;
            case Act::SetBits: truth |= lie.value; break;
            case Act::ClearBits: truth &= ~lie.value; break;
            case Act::FlipBits: truth ^= lie.value; break;
            case Act::Add: truth += lie.value; break;
            default: break;
        }
    }
    return truth;
}

bool Hooks::add(const Row& row) {
    if (!rows_.push_back(row)) return false;
    moments_ |= std::uint64_t{1} << static_cast<unsigned>(row.when.moment);
    return true;
}

void Hooks::retire(Act act) { retired_ |= 1u << static_cast<unsigned>(act); }

Due Hooks::look_up(const Occurrence& at) {
    Due due;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& [name, when, lie] = rows_[i];
        if ((retired_ >> static_cast<unsigned>(lie.act) & 1) != 0 || !matches(when, at)) continue;
        const std::uint32_t time = ++met_[i];
        if (when.from <= time && time <= when.to) due.add(lie);
    }
    return due;
}

bool Hooks::matches(const When& when, const Occurrence& at) const {
    return when.moment == at.moment && (when.levels >> static_cast<unsigned>(at.vmpl) & 1) != 0 &&
           (when.vcpu == any_vcpu || when.vcpu == at.vcpu) && is_about(when.subject, at);
}

bool Hooks::is_about(const Subject& subject, const Occurrence& at) const {
    const GpaRange range{Gpa{at.address}, Gpa{at.address + at.bytes}};
    switch (subject.kind) {
        case Subject::Kind::Any: return true;
        case Subject::Kind::Svsm: return svsm_memory.overlaps(range);
        case Subject::Kind::Guest: return !svsm_memory.overlaps(range);
        case Subject::Kind::Pair: return round_down(at.address, page_bytes) == pair_;
        case Subject::Kind::Between: return subject.first <= at.address && at.address <= subject.last;
    }
    return false;
}

}  // namespace model::host
