table_in_a_page_of_the_hypervisor_is_not_walked | a walk without the C-bit is a shared access
fetch_from_a_page_of_the_hypervisor_is_refused | a fetch without the C-bit is a shared access
fetch_through_a_map_without_c_bit_is_private | a fetch without the C-bit is a shared access
cr3_reads_back_as_written | the machine sets the C-bit of CR3
root_is_walked_privately_without_its_c_bit | the machine sets the C-bit of CR3
tables_are_walked_privately_without_their_c_bit | a walk without the C-bit is a shared access
tables_without_any_c_bit_take_changes | a walk without the C-bit is a shared access
rescinded_table_is_vc_404_without_c_bits | a walk without the C-bit is a shared access
frame_of_vc_sets_accessed_and_dirty | the machine's own walk sets no bits
vmpl1_walks_tables_that_it_may_only_read | endless nested faults
vmpl1_runs_on_tables_that_it_may_only_read | endless nested faults
root_may_lie_at_address_0 | the machine takes address 0 for a null pointer
