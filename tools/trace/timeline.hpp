// SPDX-License-Identifier: MIT
// Turns single events into spans: which VMPL had a vCPU from when to when, how the spans nest, and which
// event caused which.
#pragma once
#include <string>
#include <vector>

#include "tools/trace/file.hpp"

namespace tools::trace {

/// A stretch of one vCPU's time. Slices of a vCPU are properly nested.
struct Slice {
    enum class Type : std::uint8_t {
        World,  ///< a VMPL has the vCPU; a call is a World inside its caller's World
        Host,   ///< inside a World: the hypervisor works, from #VMEXIT to VMRUN
        Run,    ///< inside a World: instructions of the guest itself
        Sleep   ///< nothing to run
    } type;
    std::uint32_t cpu;
    std::uint8_t vmpl;
    std::uint16_t depth;
    std::uint64_t begin, end;
    std::string name;
    std::uint64_t ticks = 0;  ///< Run: inside the guest; a call: at VMPL0
    std::string result;       ///< of a call
};

/// Where slices begin and end, in the order in which a reader must see them.
struct Edge {
    std::uint64_t time;
    std::size_t slice;
    bool begins;
};

/// From a cause to its effect, on the same vCPU or another one.
struct Flow {
    enum class Type : std::uint8_t { ApStart, Call } type;
    std::uint32_t from_cpu, to_cpu;
    std::uint64_t from, to;
    std::string name;
};

/// A whole line of console or mark port, at the time of its first byte.
struct Line {
    std::uint32_t cpu;
    std::uint8_t vmpl;
    std::uint64_t time;
    bool is_mark;
    std::string text;
};

struct Timeline {
    std::vector<Slice> slices;
    std::vector<std::vector<Edge>> edges;  ///< per vCPU
    std::vector<Flow> flows;
    std::vector<Line> lines;
};

[[nodiscard]] Timeline build_timeline(const Trace& trace);

}  // namespace tools::trace
