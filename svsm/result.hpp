// SPDX-License-Identifier: MIT
// Result of a boot step: an error is the reason that ends the machine.
#pragma once
#include <expected>

#include "abi/adyton/termination.hpp"

namespace svsm {

using abi::adyton::Termination;
using BootResult = std::expected<void, Termination>;
template <class T>
using BootExpected = std::expected<T, Termination>;

}  // namespace svsm
