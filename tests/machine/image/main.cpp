// SPDX-License-Identifier: MIT
// rules_image list PROGRAM: one line for each rule, name|ends|options|image|heading
// rules_image build PROGRAM FILE [OPTION].. NAME..: an IGVM image that starts PROGRAM at VMPL0 and runs these rules;
// FILE may be -, stdout
// Options: --seed N, --steps N, --tell, for a random program: it writes what each step does; --c-bit N; --page-0, the page at address 0 is launched too; --vmsa OFFSET=VALUE, both hexadecimal, 8 bytes
// of the launch VMSA; --sev-features VALUE, hexadecimal.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/result.hpp"
#include "igvm/writer.hpp"
#include "tests/machine/image/rule_list.hpp"
#include "tests/machine/image/tables.hpp"
#include "tests/machine/lib/info.hpp"
#include "tools/image/launch_vmsa.hpp"
#include "tools/image/memory.hpp"

namespace {

using namespace rules;
using abi::igvm::PageDataType;
using tools::Buffer, tools::Result, tools::image::Page;

/// Behind the program, which ends below 20 MiB.
constexpr Gpa info_gpa{20ull << 20}, cpuid_gpa{info_gpa + page_bytes}, secrets_gpa{info_gpa + 2 * page_bytes},
    tables_gpa{info_gpa + 16 * page_bytes}, pool_gpa{22ull << 20};
constexpr std::uint64_t pool_bytes = 6ull << 20;

struct Options {
    unsigned c_bit = 47;
    bool has_page_0 = false, tells_steps = false;
    std::uint64_t seed = 0, steps = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> vmsa;
    std::vector<std::string> names;
};

std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

Options parse(std::span<char*> arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word{arguments[i]}, next{i + 1 < arguments.size() ? arguments[i + 1] : ""};
        if (word == "--page-0") {
            options.has_page_0 = true;
        } else if (word == "--tell") {
            options.tells_steps = true;
        } else if (word == "--seed" || word == "--steps") {
            (word == "--seed" ? options.seed : options.steps) = number(next, 10);
            ++i;
        } else if (word == "--c-bit") {
            options.c_bit = static_cast<unsigned>(number(next, 10));
            ++i;
        } else if (word == "--vmsa") {
            const auto equals = next.find('=');
            options.vmsa.emplace_back(number(next.substr(0, equals), 16),
                                      number(next.substr(equals + 1), 16));
            ++i;
        } else if (word == "--sev-features") {
            options.vmsa.emplace_back(offsetof(abi::Vmsa, sev_features), number(next, 16));
            ++i;
        } else {
            options.names.emplace_back(word);
        }
    }
    return options;
}

Result<Page> info_page(const Options& options, const std::vector<ListedRule>& list) {
    Info info{.c_bit = options.c_bit,
              .tables = tables_gpa.value(),
              .table_pages = table_pages,
              .cpuid_page = cpuid_gpa.value(),
              .secrets_page = secrets_gpa.value(),
              .pool_begin = pool_gpa.value(),
              .pool_end = pool_gpa.value() + pool_bytes,
              .loose_begin = 32ull << 20,
              .loose_end = small_map_end,
              .large_begin = small_map_end,
              .large_end = 192ull << 20,
              .selected = {},
              .seed = options.seed,
              .steps = options.steps,
              .tells_steps = options.tells_steps ? 1ull : 0};
    for (const std::string& name : options.names) {
        const auto found = std::ranges::find(list, name, &ListedRule::name);
        if (found == list.end()) return tools::problem("the program has no rule '{}'", name);
        const auto index = static_cast<std::size_t>(found - list.begin());
        info.selected[index / 64] |= 1ull << index % 64;
    }
    Page page{info_gpa, Buffer(page_bytes)};
    std::memcpy(page.bytes.data(), &info, sizeof info);
    return page;
}

Result<abi::Vmsa> launch_state(const Options& options, std::uint64_t entry) {
    abi::Vmsa vmsa = tools::image::launch_vmsa(
        {entry, info_gpa.value(), tables_gpa, options.c_bit, abi::SevFeatures::SnpActive::mask});
    for (const auto& [offset, value] : options.vmsa) {
        if (offset > sizeof vmsa - sizeof value) return tools::problem("a VMSA has no offset {:#x}", offset);
        std::memcpy(reinterpret_cast<char*>(&vmsa) + offset, &value, sizeof value);
    }
    return vmsa;
}

Result<std::vector<Page>> pages_of(const tools::elf::File& program, const Options& options) {
    auto pages = TRY(tools::image::load_guest(program, "the program", {Gpa{16ull << 20}, info_gpa})).pages;
    const auto list = TRY(read_rules(program));
    pages.push_back(TRY(info_page(options, list)));
    std::ranges::move(build_tables(tables_gpa, options.c_bit), std::back_inserter(pages));
    for (std::uint64_t done = 0; done < pool_bytes; done += page_bytes) pages.push_back({pool_gpa + done});
    if (options.has_page_0) pages.push_back({Gpa{0}});
    pages.push_back({cpuid_gpa, {}, PageDataType::CpuidData});
    pages.push_back({secrets_gpa, {}, PageDataType::Secrets});
    std::ranges::sort(pages, {}, &Page::gpa);
    return pages;
}

Result<void> build(const tools::elf::File& program, const char* file, const Options& options) {
    const abi::Vmsa vmsa = TRY(launch_state(options, program.entry()));
    igvm::Writer writer;
    writer.add(igvm::GuestPolicy{0x30000});  // SMT allowed, the bit that must be one
    for (const Page& page : TRY(pages_of(program, options)))
        writer.add(igvm::PageData{page.gpa, page.type, false,
                                  page.bytes.empty() ? std::nullopt : std::optional<Bytes>{page.bytes}});
    writer.add(igvm::VpContext{std::as_bytes(std::span{&vmsa, 1})});
    const auto image = writer.finish();
    if (!image) return tools::problem("no valid image: {}", igvm::describe(image.error()));
    if (std::string_view{file} != "-") return tools::write_file(file, *image);
    const bool is_written = std::fwrite(image->data(), 1, image->size(), stdout) == image->size();
    return is_written ? Result<void>{} : tools::problem("the image cannot be written");
}

Result<void> run(std::span<char*> arguments) {
    const bool is_list = arguments.size() == 3 && std::string_view{arguments[1]} == "list";
    if (!is_list && (arguments.size() < 5 || std::string_view{arguments[1]} != "build"))
        return tools::problem(
            "usage: rules_image list PROGRAM, or rules_image build PROGRAM FILE [OPTION].. NAME..");
    const Buffer bytes = TRY(tools::read_file(arguments[2]));
    const auto program = TRY(tools::elf::File::open(bytes, arguments[2]));
    if (!is_list) return build(program, arguments[3], parse(arguments.subspan(4)));
    for (const ListedRule& rule : TRY(read_rules(program)))
        std::printf("%s|%s|%s|%s|%s\n", rule.name.c_str(), rule.ends.c_str(), rule.options.c_str(),
                    rule.image.c_str(), rule.heading.c_str());
    return {};
}

}  // namespace

int main(int count, char** arguments) {
    const auto done = run({arguments, static_cast<std::size_t>(count)});
    if (!done) std::fprintf(stderr, "rules_image: %s\n", done.error().sentence.c_str());
    return done ? 0 : 2;
}
