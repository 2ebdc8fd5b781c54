// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE: the list, its progress, and the addresses that it may name.
#include "svsm/protocol/core/page_entry.hpp"

#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

class PvalidateList : public PvalidateWorld {
protected:
    /// RAX of a call with the list anywhere.
    std::uint64_t run_at(Gpa at) { return result_of(CoreCall::Pvalidate, at.value()); }
    void expect_malformed(Gpa at, PvalidateHeader header, SvsmError error = SvsmError::InvalidParameter) {
        m.poke(at, header);
        EXPECT_EQ(run_at(at), code(error)) << header.entries << " " << header.next;
        EXPECT_EQ(next(at), header.next) << "a malformed list is left alone";
    }
};

class PvalidateEntry : public PvalidateWorld {};

TEST_F(PvalidateList, is_worked_off_from_next) {
    EXPECT_EQ(run({rescind(page_a), rescind(page_b), rescind(page_c)}, 1), abi::svsm_success);
    EXPECT_EQ(next(), 3);
    EXPECT_TRUE(is_valid(page_a));
    EXPECT_FALSE(is_valid(page_b));
    EXPECT_FALSE(is_valid(page_c));
}

TEST_F(PvalidateList, next_names_the_entry_that_failed_and_those_before_stay_done) {
    EXPECT_EQ(run({rescind(page_a), rescind(page_b) | 0x10, rescind(page_c)}),
              code(SvsmError::InvalidParameter));
    EXPECT_EQ(next(), 1);
    EXPECT_FALSE(is_valid(page_a));
    EXPECT_TRUE(is_valid(page_b));
    EXPECT_TRUE(is_valid(page_c));
}

TEST_F(PvalidateList, entries_before_next_are_not_even_looked_at) {
    EXPECT_EQ(run({~0ull, rescind(page_a)}, 1), abi::svsm_success);
}

TEST_F(PvalidateList, only_next_is_written) {
    write_list(list_page, {2, 0, 0xdead'beef}, {rescind(page_a), rescind(page_b)});
    EXPECT_EQ(run_at(list_page), abi::svsm_success);
    const auto header = m.peek<PvalidateHeader>(list_page);
    EXPECT_EQ(header.entries, 2);
    EXPECT_EQ(header.next, 2);
    EXPECT_EQ(header.reserved, 0xdead'beefu);
    EXPECT_EQ(m.peek<std::uint64_t>(list_page + 8), rescind(page_a));
}

TEST_F(PvalidateList, may_fill_its_page) {
    std::vector<std::uint64_t> entries(511, validate(page_a, ignoring));
    EXPECT_EQ(run(entries), abi::svsm_success);
    EXPECT_EQ(next(), 511);
    entries.pop_back();
    write_list(calling_area(0) + 8, {510, 0, 0}, entries);
    EXPECT_EQ(run_at(calling_area(0) + 8), abi::svsm_success);
    EXPECT_EQ(next(calling_area(0) + 8), 510);
}

TEST_F(PvalidateList, may_not_leave_its_page) {
    expect_malformed(list_page, {512, 0, 0});
    expect_malformed(list_page + 8, {511, 0, 0});
    expect_malformed(list_page + 0xff0, {2, 0, 0});
    expect_malformed(list_page + 0xff8, {1, 0, 0});
    expect_malformed(list_page, {0xffff, 0xfffe, 0});
}

TEST_F(PvalidateList, at_the_end_of_its_page_may_have_one_entry) {
    write_list(list_page + 0xff0, {1, 0, 0}, {rescind(page_a)});
    EXPECT_EQ(run_at(list_page + 0xff0), abi::svsm_success);
}

TEST_F(PvalidateList, must_have_entries) { expect_malformed(list_page, {0, 0, 0}); }

TEST_F(PvalidateList, must_have_something_left_to_do) {
    expect_malformed(list_page, {3, 3, 0});
    expect_malformed(list_page, {3, 4, 0});
    expect_malformed(list_page, {3, 0xffff, 0});
}

TEST_F(PvalidateList, must_be_aligned) {
    for (std::uint64_t offset = 1; offset < 8; ++offset) {
        write_list(list_page + offset, {1, 0, 0}, {rescind(page_a)});
        EXPECT_EQ(run_at(list_page + offset), code(SvsmError::InvalidParameter));
        EXPECT_EQ(next(list_page + offset), 0);
    }
}

TEST_F(PvalidateList, in_memory_of_the_svsm_is_an_invalid_address) {
    // The memory there reads 0x5e5e...: more than one entry, so only the address can be what is wrong.
    EXPECT_EQ(run_at(svsm_region.begin), code(SvsmError::InvalidAddress));
    EXPECT_EQ(run_at(svsm_region.end - 16), code(SvsmError::InvalidAddress));
}

TEST_F(PvalidateList, in_a_vmsa_is_an_invalid_address) {
    EXPECT_EQ(run_at(vmsa(1) + 0x800), code(SvsmError::InvalidAddress));
    EXPECT_EQ(run_at(vmsa(0)), code(SvsmError::InvalidAddress));
}

TEST_F(PvalidateList, outside_ram_is_an_invalid_address) {
    for (const std::uint64_t at :
         Words{memory_end.value(), 1ull << 47 | list_page.value(), 1ull << 52, ~7ull})
        EXPECT_EQ(run_at(Gpa{at}), code(SvsmError::InvalidAddress));
}

TEST_F(PvalidateList, in_an_unreachable_page_is_an_invalid_address) {
    EXPECT_EQ(run_at(unvalidated_page), code(SvsmError::InvalidAddress));
    EXPECT_EQ(run_at(shared_page), code(SvsmError::InvalidAddress));
}

// Linux keeps its list behind the first eight bytes of the calling area.
TEST_F(PvalidateList, may_lie_in_the_calling_area_behind_its_head) {
    write_list(calling_area(0) + 8, {1, 0, 0}, {rescind(page_a)});
    EXPECT_EQ(run_at(calling_area(0) + 8), abi::svsm_success);
    EXPECT_FALSE(is_valid(page_a));
}

// Its `next` would be the pending byte of another vCPU's call.
TEST_F(PvalidateList, may_not_lie_over_the_head_of_a_calling_area) {
    EXPECT_EQ(run_at(calling_area(0)), code(SvsmError::InvalidAddress));
    EXPECT_EQ(run_at(calling_area(1)), code(SvsmError::InvalidAddress));
}

TEST_F(PvalidateList, that_rescinds_its_own_page_is_an_invalid_address_and_no_crash) {
    EXPECT_EQ(run({rescind(list_page)}), code(SvsmError::InvalidAddress));
    EXPECT_FALSE(is_valid(list_page));
    EXPECT_EQ(pending(calling_area(0)), 0);
}

TEST_F(PvalidateList, is_copied_before_it_is_believed) {
    // Another vCPU changes the entry to an address of the SVSM as soon as it was read.
    bool was_read = false;
    m.between = [&](Step) {
        if (was_read) m.poke(list_page + 8, validate(svsm_region.begin, ignoring));
    };
    m.before_guest_read = [&](Gpa at) { was_read = was_read || at == list_page + 8; };
    EXPECT_EQ(run({validate(unvalidated_page)}), abi::svsm_success);
    EXPECT_TRUE(is_valid(unvalidated_page));
}

TEST_F(PvalidateList, whose_entries_flip_at_any_step_has_one_meaning) {
    const std::uint64_t harmless = validate(unvalidated_page),
                        hostile = validate(svsm_region.begin, large | ignoring);
    for (unsigned flip = 0; flip < 32; ++flip) {
        renew(unvalidated_page);
        unsigned step = 0;
        m.between = [&](Step) {
            if (++step % 2 == flip % 2 || step > flip)
                m.poke(list_page + 8, step % 3 == 0 ? harmless : hostile);
        };
        const std::uint64_t result = run({harmless});
        m.between = nullptr;
        EXPECT_TRUE(result == 0 || result == code(SvsmError::InvalidAddress)) << result;
        EXPECT_EQ(result == 0, owns_fully(Vmpl1, unvalidated_page));
        EXPECT_EQ(next(), result == 0 ? 1 : 0);
    }
}

TEST_F(PvalidateList, whose_header_grows_after_it_was_read_does_not_grow) {
    unsigned reads = 0;
    m.before_guest_read = [&](Gpa at) {
        if (at.page() == list_page && reads++ == 1) m.poke(list_page, PvalidateHeader{511, 7, 0});
    };
    EXPECT_EQ(run({rescind(page_a)}), abi::svsm_success);
    EXPECT_EQ(reads, 2u) << "header once, entries once";
    EXPECT_EQ(next(), 1);
}

TEST_F(PvalidateList, that_vanishes_after_it_was_read_is_an_invalid_address) {
    m.between = [&](Step step) {
        if (step == Step::Pvalidate && m.entry(list_page).assigned) m.host_takes(list_page);
    };
    EXPECT_EQ(run({rescind(page_a)}), code(SvsmError::InvalidAddress));
    EXPECT_FALSE(is_valid(page_a));
}

TEST_F(PvalidateEntry, with_a_reserved_bit_is_an_invalid_parameter) {
    for (unsigned bit = 4; bit < 12; ++bit)
        expect_refused(rescind(page_a) | 1u << bit, SvsmError::InvalidParameter);
    EXPECT_TRUE(is_valid(page_a));
}

TEST_F(PvalidateEntry, of_a_reserved_size_is_an_invalid_parameter) {
    expect_refused(rescind(large_page, 2), SvsmError::InvalidParameter);
    expect_refused(rescind(large_page, 3), SvsmError::InvalidParameter);
    EXPECT_TRUE(is_valid(large_page));
}

TEST_F(PvalidateEntry, of_2m_that_is_misaligned_is_an_invalid_parameter) {
    expect_refused(rescind(large_page + page_bytes, large), SvsmError::InvalidParameter);
    expect_refused(rescind(large_page + megabyte, large), SvsmError::InvalidParameter);
    EXPECT_TRUE(is_valid(large_page));
}

TEST_F(PvalidateEntry, in_memory_of_the_svsm_is_an_invalid_address) {
    for (const std::uint64_t flags : {std::uint64_t{0}, validating, validating | ignoring}) {
        expect_refused(svsm_region.begin.value() | flags, SvsmError::InvalidAddress);
        expect_refused((svsm_region.end - page_bytes).value() | flags, SvsmError::InvalidAddress);
        expect_refused(svsm_region.begin.value() | flags | large, SvsmError::InvalidAddress);
    }
    EXPECT_TRUE(is_valid(svsm_region.begin));
}

TEST_F(PvalidateEntry, next_to_the_svsm_is_fine) {
    EXPECT_EQ(run({rescind(svsm_region.begin - page_bytes), rescind(svsm_region.end, large)}),
              abi::svsm_success);
}

TEST_F(PvalidateEntry, naming_a_vmsa_is_an_invalid_address) {
    for (const Gpa page : {vmsa(0), vmsa(1)}) {
        expect_refused(rescind(page), SvsmError::InvalidAddress);
        expect_refused(validate(page, ignoring), SvsmError::InvalidAddress);
        EXPECT_TRUE(m.entry(page).vmsa);
    }
}

TEST_F(PvalidateEntry, naming_a_calling_area_is_an_invalid_address) {
    for (const Gpa page : {calling_area(0), calling_area(1)}) {
        expect_refused(rescind(page), SvsmError::InvalidAddress);
        expect_refused(validate(page, ignoring), SvsmError::InvalidAddress);
        EXPECT_TRUE(is_valid(page));
    }
}

TEST_F(PvalidateEntry, of_2m_with_a_private_page_anywhere_in_it_is_an_invalid_address) {
    expect_refused(rescind(Gpa{0}, large), SvsmError::InvalidAddress);
    guest.pages.change<PageState::Guests, PageState::CallingArea>(large_page + 511 * page_bytes, {Vmpl1, 1});
    expect_refused(rescind(large_page, large), SvsmError::InvalidAddress);
    EXPECT_TRUE(is_valid(large_page));
}

TEST_F(PvalidateEntry, outside_ram_is_an_invalid_address) {
    expect_refused(validate(memory_end), SvsmError::InvalidAddress);
    expect_refused(validate(memory_end, large), SvsmError::InvalidAddress);
    expect_refused(validate(Gpa{1ull << 47} + unvalidated_page.value()), SvsmError::InvalidAddress);
    expect_refused(validate(Gpa{1ull << 52}), SvsmError::InvalidAddress);
    expect_refused(validate(Gpa{~0xfffull}), SvsmError::InvalidAddress);
    expect_refused(validate(Gpa{~0x1f'ffffull}, large), SvsmError::InvalidAddress);
}

TEST_F(PvalidateEntry, of_2m_that_is_only_partly_ram_is_an_invalid_address) {
    EXPECT_TRUE(guest.ram.remove({large_page + megabyte, large_page + megabyte + page_bytes}));
    expect_refused(rescind(large_page, large), SvsmError::InvalidAddress);
    EXPECT_TRUE(is_valid(large_page));
}

TEST_F(PvalidateEntry, is_parsed_field_by_field) {
    const core::PvalidateEntry entry{validate(unvalidated_large_page, large | ignoring)};
    const auto parsed = entry.parse();
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->range, (GpaRange{unvalidated_large_page, memory_end}));
    EXPECT_EQ(parsed->size, PageSize::Size2M);
    EXPECT_TRUE(entry.is_large() && !entry.is_plain());
    EXPECT_EQ(entry.action(), abi::Validity::Validate);
    EXPECT_TRUE(entry.ignores_unchanged());
    const core::PvalidateEntry other{rescind(page_a)};
    EXPECT_EQ(other.page(), page_a);
    EXPECT_TRUE(other.is_plain() && !other.is_large());
    EXPECT_EQ(other.action(), abi::Validity::Rescind);
    EXPECT_FALSE(other.ignores_unchanged());
}

}  // namespace
}  // namespace svsm
