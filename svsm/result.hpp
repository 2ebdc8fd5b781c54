// SPDX-License-Identifier: MIT
// How a step of the boot fails: with the reason that ends the machine.
#pragma once
#include <expected>

#include "abi/adyton/termination.hpp"

namespace svsm {

using abi::adyton::Termination;
using BootResult = std::expected<void, Termination>;
template <class T>
using BootExpected = std::expected<T, Termination>;

}  // namespace svsm
