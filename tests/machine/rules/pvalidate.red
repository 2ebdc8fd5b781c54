pvalidate_flags_follow_the_result | PF is never set
pvalidate_looks_at_its_input_before_the_tables | the operand is translated first
pvalidate_of_a_non_canonical_address_is_gp | it is a page fault
pvalidate_sets_accessed_and_not_dirty | the machine's own walk sets no bits
pvalidate_takes_redundant_prefixes | only the mandatory prefix is decoded
address_size_prefix_takes_32_bits_of_rax | only the mandatory prefix is decoded
