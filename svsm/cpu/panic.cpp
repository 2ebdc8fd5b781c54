// SPDX-License-Identifier: MIT
#include "svsm/cpu/panic.hpp"

#include "svsm/log.hpp"

void svsm::panic(std::string_view what) {
    log("svsm: panic: {}", what);
    machine::terminate(abi::adyton::Termination::Panic);
}
