// SPDX-License-Identifier: MIT
// An ELF guest starts at its entry, with nothing else to say about it.
#include "base/result.hpp"
#include "tools/image/guest.hpp"

namespace tools::image {

Result<LoadedGuest> load_elf_guest(Bytes file, const std::string& name) {
    const auto elf = TRY(elf::File::open(file, name));
    LoadedGuest guest;
    guest.memory = TRY(load_guest(elf, name));
    guest.entry = elf.entry();
    return guest;
}

}  // namespace tools::image
