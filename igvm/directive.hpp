// SPDX-License-Identifier: MIT
// What an IGVM file says, one value per variable header: the reader hands these out, the writer takes
// them. [IGVM "igvm_defs"]
#pragma once
#include <cstdint>
#include <optional>
#include <variant>

#include "abi/igvm/format.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"

namespace igvm {

/// One page of guest memory. Without data: a page of zeros.
struct PageData {
    Gpa gpa;
    abi::igvm::PageDataType type;
    bool unmeasured;
    std::optional<Bytes> data;
};
/// State of the boot vCPU: a VMSA of one page. Its address is the same in every file, `abi::launch_vmsa_gpa`.
struct VpContext {
    Bytes vmsa;
};
/// A buffer of the loader's, whole pages, into which parameters are written until it is inserted.
struct ParameterArea {
    std::uint32_t index;
    std::uint64_t bytes;
};
/// The area becomes guest memory at `gpa`; no parameter of it may follow.
struct ParameterInsert {
    Gpa gpa;
    std::uint32_t index;
};
/// Parameter: the number of vCPUs, 4 bytes.
struct VpCount {
    abi::igvm::Parameter at;
};
/// Parameter: the host's list of processors, as ACPI has it.
struct Madt {
    abi::igvm::Parameter at;
};
/// Parameter: the guest's memory, entries of 24 bytes that end with an empty one.
struct MemoryMap {
    abi::igvm::Parameter at;
};
/// Parameter: the machine as a flattened device tree. A host that has none leaves the area as it is, zero.
struct DeviceTree {
    abi::igvm::Parameter at;
};
/// Parameter: properties of the machine, 4 bytes. [abi::igvm::Environment]
struct EnvironmentInfo {
    abi::igvm::Parameter at;
};
/// Memory that the host must provide and that becomes private here.
struct RequiredMemory {
    GpaRange range;
};
/// The policy that the AMD-SP enforces for the whole life of the guest. [SNP-ABI "Guest Policy"]
struct GuestPolicy {
    std::uint64_t policy;
};

using Directive = std::variant<PageData, VpContext, ParameterArea, ParameterInsert, VpCount, Madt, MemoryMap,
                               DeviceTree, EnvironmentInfo, RequiredMemory, GuestPolicy>;

}  // namespace igvm
