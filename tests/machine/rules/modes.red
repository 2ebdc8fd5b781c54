pvalidate_with_pae_paging | the machine's own walk knows long mode only
pvalidate_with_32_bit_paging_where_all_is_private | the machine's own walk knows long mode only
