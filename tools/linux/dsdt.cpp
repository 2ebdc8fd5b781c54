// SPDX-License-Identifier: MIT
// The compiled bytecode, compiled in.
#include "tools/linux/acpi_tables.hpp"

namespace tools::linux_boot {
namespace {

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char bytecode[] = {
#embed "dsdt.aml"
};
#pragma clang diagnostic pop

}  // namespace

Bytes dsdt() { return std::as_bytes(std::span{bytecode}); }

}  // namespace tools::linux_boot
