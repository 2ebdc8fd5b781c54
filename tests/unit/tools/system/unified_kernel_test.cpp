// SPDX-License-Identifier: MIT
// A stub that is no program for UEFI is refused before anything is written.
#include "tools/system/unified_kernel.hpp"

#include "tests/unit/tools/system/scratch.hpp"

namespace tools::system {
namespace {

class UnifiedKernel : public Scratch {
protected:
    [[nodiscard]] std::string sentence(const UnifiedKernelParts& parts) const {
        const auto made = make_unified_kernel(parts, folder / "linux.efi");
        return made ? "" : made.error().sentence;
    }
};

TEST_F(UnifiedKernel, needs_a_stub_that_is_a_program_for_uefi) {
    const std::string text = file("stub", "neither long enough nor a program");
    EXPECT_EQ(sentence({text, text, text, text, "words"}), text + " is no program for UEFI");
    EXPECT_FALSE(std::filesystem::exists(folder / "linux.efi"));
}

TEST_F(UnifiedKernel, names_the_file_that_is_missing) {
    EXPECT_NE(sentence({folder / "absent", {}, {}, {}, ""}).find("absent"), std::string::npos);
}

}  // namespace
}  // namespace tools::system
