// SPDX-License-Identifier: MIT
// What every kind of payload becomes before an image is built of it.
#pragma once
#include <string>

#include "tools/image/guest.hpp"
#include "tools/support/file.hpp"

namespace tools::payload {

struct Loaded {
    image::LoadedGuest guest;
    std::string name;
    Buffer program{};  ///< ELF file with the guest's symbols; empty when there are none
    Buffer disk{};     ///< that the machine shows the guest; empty: none
};

}  // namespace tools::payload
