// SPDX-License-Identifier: MIT
// Rights that LAUNCH_UPDATE gives to the levels below VMPL0: the host's choice.
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

RULE(launched_pages_have_the_rights_that_the_host_gave, "SNP-ABI: SNP_LAUNCH_UPDATE",
     .options = "--launch-rights all") {
    static constinit std::uint64_t seen = 0;
    seen = 0;
    abi::Vmsa& vmsa = make_vmsa(1, [] { seen = 5; });
    REQUIRE(seal(vmsa));
    CHECK(!run_at(1, vmsa));
    CHECK_EQ(seen, 5);
}

}  // namespace
}  // namespace rules
