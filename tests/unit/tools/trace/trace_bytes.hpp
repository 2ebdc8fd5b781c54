// SPDX-License-Identifier: MIT
// Traces made by hand.
#pragma once
#include <string>
#include <vector>

#include "abi/adyton/trace.hpp"
#include "tools/support/file.hpp"

namespace tests {

namespace format = abi::adyton::trace;
using format::Kind;

/// Sections one after the other, as adyton run writes them.
class TraceBytes {
public:
    explicit TraceBytes(std::uint32_t cpus = 2, bool exact = true) {
        append(format::Header{format::magic, format::version, sizeof(format::Record), cpus, 1'000'000'000,
                              exact ? format::HeaderFlag::ticks_are_instructions : 0, 0});
    }
    TraceBytes& records(std::uint32_t cpu, const std::vector<format::Record>& list, std::uint64_t lost = 0) {
        append(format::Section{static_cast<std::uint32_t>(format::SectionType::Records), cpu,
                               list.size() * sizeof(format::Record), lost});
        for (const auto& record : list) append(record);
        return *this;
    }
    TraceBytes& text(format::SectionType type, const std::string& text) {
        append(format::Section{static_cast<std::uint32_t>(type), 0, text.size(), 0});
        for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
        return *this;
    }
    TraceBytes& ended(const std::string& counters = "") {
        return text(format::SectionType::Counters, counters)
            .text(format::SectionType::Facts, "guest hand-made\n");
    }
    template <class T>
    void append(const T& value) {
        const auto* const at = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), at, at + sizeof value);
    }
    [[nodiscard]] tools::Buffer bytes() const { return bytes_; }

private:
    tools::Buffer bytes_;
};

/// A vCPU that runs VMPL1, makes one call that costs 129, and continues.
inline std::vector<format::Record> one_call(std::uint64_t begin) {
    std::uint64_t t = begin;
    const auto at = [&] { return t += 10; };
    return {
        {at(), Kind::Enter, 1, 0, 0, 0x1000, 0x5000, 0}, {at(), Kind::Run, 1, 0, 0x81, 5, 0x1010, 0},
        {at(), Kind::Leave, 1, 0, 0, 0x1013, 0x403, 0},  {at(), Kind::GhcbMsr, 1, 0, 0, 0x16, 0x1013, 0},
        {at(), Kind::CallBegin, 1, 0, 0, 6, 0, 0},       {at(), Kind::Switch, 1, 0, 0, 0x9000, 0, 0},
        {at(), Kind::GhcbMsrReply, 0, 0, 0, 0x17, 0, 0}, {at(), Kind::Enter, 0, 0, 0, 0x2000, 0x9000, 0},
        {at(), Kind::Run, 0, 0, 0x81, 5, 0x2010, 0},     {at(), Kind::Leave, 0, 0, 0, 0x2013, 0x403, 0},
        {at(), Kind::CallEnd, 0, 0, 0, 6, 0, 129},       {at(), Kind::Switch, 0, 1, 0, 0x5000, 0, 0},
        {at(), Kind::Enter, 1, 0, 0, 0x1013, 0x5000, 0}, {at(), Kind::Leave, 1, 1, 0, 0x1014, 0x78, 0},
        {at(), Kind::Halt, 1, 0, 0, 0x1014, 0, 0},       {at(), Kind::Sleep, 1, 0, 0, 0, 0, 0},
    };
}

}  // namespace tests
