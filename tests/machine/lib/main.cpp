// SPDX-License-Identifier: MIT
// Runs the rules that the image maker has selected, one after the other, and tells of each in two lines.
#include <span>
#include <string_view>

#include "abi/adyton/guest_info.hpp"
#include "base/format.hpp"
#include "tests/machine/lib/console.hpp"
#include "tests/machine/lib/context.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

extern "C" const rules::Rule __rules_begin[], __rules_end[];

namespace rules {
namespace {

constinit Context main_context{};
constinit bool has_failed = false, has_given_up = false;

template <class... Args>
void print(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char text[320];
    console::write(base::format_to(text, format, args...));
}

void run(const Rule& rule) {
    print("begin {}\n", std::string_view{rule.name});
    has_failed = has_given_up = false;
    if (const auto fault = trap(rule.run); fault && !has_given_up) {
        has_failed = true;
        print("# exception {} error 0x{:x} at 0x{:x}, cr2 0x{:x}\n", fault->vector, fault->error, fault->rip,
              fault->cr2);
    }
    restore_state();
    console::flush();
    print("{} {}\n", std::string_view{has_failed ? "not ok" : "ok"}, std::string_view{rule.name});
}

}  // namespace

bool expect_equal(std::uint64_t value, std::uint64_t wanted, const Place& place) {
    if (value == wanted) return true;
    has_failed = true;
    std::string_view file{place.file};
    file.remove_prefix(file.rfind('/') + 1);
    print("# {}:{}: {}: 0x{:x} instead of 0x{:x}\n", file, place.line, std::string_view{place.text}, value,
          wanted);
    return false;
}

void give_up() {
    has_given_up = true;
    rules_throw();
}

void note(const char* text, std::uint64_t a, std::uint64_t b) {
    print("# {} 0x{:x} 0x{:x}\n", std::string_view{text}, a, b);
}

extern "C" [[noreturn]] void rules_main(const Info& info) {
    main_context.self = &main_context;
    main_context.is_main = true;
    write_msr(abi::Msr::GsBase, reinterpret_cast<std::uint64_t>(&main_context));
    set_info(info);
    load_descriptor_tables();
    ghcb::reset_page();
    save_state();
    const std::span all{__rules_begin, __rules_end};
    for (std::size_t i = 0; i < all.size(); ++i)
        if ((info.selected[i / 64] >> i % 64 & 1) != 0) run(all[i]);
    ghcb::out_byte(abi::adyton::report_port, 0);
    for (;;) asm volatile("hlt");
}

}  // namespace rules
