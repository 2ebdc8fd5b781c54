// SPDX-License-Identifier: MIT
#include "guest/conformance/memory.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "abi/snp/secrets.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/lib/exception.hpp"

namespace conf {
namespace {
List& one_list() { return at<List>(platform::self().calling_area + sizeof(abi::CallingArea)); }
const abi::SecretsPage& secrets() { return at<const abi::SecretsPage>(platform::secrets_page()); }
}  // namespace

void fill(Gpa where, std::uint64_t bytes, std::uint8_t value) { std::memset(&at<char>(where), value, bytes); }

bool holds_only(Gpa where, std::uint64_t bytes, std::uint8_t value) {
    const std::uint64_t wanted = 0x0101'0101'0101'0101ull * value;
    const std::span words{&at<const std::uint64_t>(where), bytes / sizeof(std::uint64_t)};
    return std::ranges::all_of(words, [wanted](std::uint64_t word) { return word == wanted; });
}

bool can_read(Gpa where) { return !guest::probe_load(where); }
bool can_write(Gpa where) { return !guest::probe_store(where, 0); }
bool try_load(Gpa where, std::uint64_t& value) { return !guest::probe_read(Va{where.value()}, value); }
bool try_store(Gpa where, std::uint8_t value) { return !guest::probe_store(where, value); }
bool try_write(Gpa where, std::uint64_t value) { return !guest::probe_write(Va{where.value()}, value); }
bool is_not_validated(Gpa where) {
    return guest::probe_load(where) == guest::vc(abi::ExitCode::PageNotValidated);
}

List& new_list(std::uint16_t count) {
    static constinit Gpa page{};  // boot vCPU only; races bring lists of their own
    if (page == Gpa{}) page = platform::take_pages();
    auto& list = at<List>(page);
    list = {};
    list.header.entries = count;
    return list;
}

std::uint64_t pvalidate(const List& list) { return pvalidate(gpa_of(&list).value()); }

std::uint64_t pvalidate_one(std::uint64_t entry) {
    List& list = one_list();
    list.header = {1, 0, 0};
    list.entries[0] = entry;
    return pvalidate(list);
}
std::uint16_t next_of_one() { return one_list().header.next; }

Gpa svsm_first_page() { return Gpa{secrets().svsm_base}; }
Gpa svsm_last_page() { return Gpa{secrets().svsm_base + secrets().svsm_size - page_bytes}; }

}  // namespace conf
