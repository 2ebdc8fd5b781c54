// SPDX-License-Identifier: MIT
#include "tools/run/launch_check.hpp"

#include <algorithm>

#include "base/result.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/measure/igvm.hpp"

namespace tools::run {
namespace {

constexpr double seconds_to_list = 120;

std::string_view name_of(unsigned type) {
    using model::psp::PageType;
    switch (PageType{static_cast<std::uint8_t>(type)}) {
        case PageType::Normal: return "a normal";
        case PageType::Vmsa: return "a VMSA";
        case PageType::Zero: return "a zero";
        case PageType::Unmeasured: return "an unmeasured";
        case PageType::Secrets: return "a secrets";
        case PageType::Cpuid: return "a CPUID";
    }
    return "an unknown";
}

qemu::LaunchedPage page_of(const measure::Link& link) {
    return {link.gpa, static_cast<unsigned>(link.type), crypto::hex(link.digest)};
}
std::string words(const qemu::LaunchedPage& page) {
    return formatted("{} page at {:#x}", name_of(page.type), page.gpa);
}

/// A row with what the file says and what the machine did.
std::string row(std::string_view what, std::string_view file, std::string_view machine) {
    return formatted("  {}\n    image    {}\n    launched {}\n", what, file, machine);
}

/// In two lines, as `image measure` has it: a terminal has 80 columns.
std::string folded_digest(const std::string& digest) {
    constexpr std::size_t half = sizeof(abi::Sha384);
    if (digest.size() <= half) return digest;
    return formatted("{}\n             {}", digest.substr(0, half), digest.substr(half));
}

Result<std::string> listed_difference(const Prepared& prepared, qemu::Spec spec) {
    auto& machine = std::get<qemu::SnpMachine>(spec.boots);
    machine.lists_pages = true;
    measure::Links expected;
    (void)TRY(measure::measure_igvm(prepared.payload.image, prepared.payload.name,
                                    {.lower_rights = machine.launch_rights}, &expected));
    const qemu::SessionResult listed =
        TRY(qemu::run(spec, {.timeout_seconds = seconds_to_list, .quiet = true}));
    return first_difference(listed.channel.pages(), expected);
}

}  // namespace

bool is_launch_of(const Prepared& prepared, const qemu::Fields& launch) {
    if (!prepared.measurement) return true;
    const measure::Measurement& image = *prepared.measurement;
    return launch.text("digest") == crypto::hex(image.digest) && launch.number("policy") == image.policy &&
           launch.number("id-block") == (image.has_id_block ? 1 : 0);
}

void expect_launch(qemu::Watch& watch, const Prepared& prepared) {
    watch.accepts_launch = [&prepared](const qemu::Fields& launch) { return is_launch_of(prepared, launch); };
}

Result<std::string> explain_launch(const Prepared& prepared, qemu::Spec spec, const qemu::Fields& launch) {
    const measure::Measurement& image = *prepared.measurement;
    std::string text = "adyton: the machine launched something else than the image\n";
    if (const auto digest = crypto::hex(image.digest); launch.text("digest") != digest) {
        text += row("launch digest", folded_digest(digest), folded_digest(launch.text("digest")));
        text += formatted("  first difference\n    {}\n", TRY(listed_difference(prepared, std::move(spec))));
    }
    if (launch.number("policy") != image.policy)
        text += row("policy", formatted("{:#x}", image.policy), launch.text("policy"));
    if (image.has_id_block && launch.number("id-block") != 1)
        text += row("ID block", "present", "absent: nothing of the owner is in a report");
    return text;
}

std::string first_difference(const std::vector<qemu::LaunchedPage>& launched,
                             const measure::Links& expected) {
    const auto [ours, file] = std::ranges::mismatch(
        launched, expected,
        [](const qemu::LaunchedPage& page, const measure::Link& link) { return page == page_of(link); });
    const auto number = ours - launched.begin() + 1;
    if (ours == launched.end() && file == expected.end())
        return "none: the second launch was that of the image";
    if (ours == launched.end())
        return formatted("the launch ends before page {}, {}", number, words(page_of(*file)));
    if (file == expected.end()) return formatted("page {}, {}, is not in the image", number, words(*ours));
    const qemu::LaunchedPage wanted = page_of(*file);
    if (ours->gpa == wanted.gpa && ours->type == wanted.type)
        return formatted("page {}, {}: its contents or rights", number, words(wanted));
    return formatted("page {} is {} instead of {}", number, words(*ours), words(wanted));
}

}  // namespace tools::run
