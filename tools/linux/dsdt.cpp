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
constexpr unsigned char firmware_bytecode[] = {
#embed "dsdt_firmware.aml"
};
#pragma clang diagnostic pop

}  // namespace

Bytes dsdt() { return std::as_bytes(std::span{bytecode}); }
Bytes firmware_dsdt() { return std::as_bytes(std::span{firmware_bytecode}); }

}  // namespace tools::linux_boot
