rmpadjust_answers_success_with_zf_and_pf_and_no_carry | PF is never set
rmpadjust_looks_at_its_input_before_the_tables | the operand is translated first
rmpadjust_takes_redundant_prefixes | only the mandatory prefix is decoded
