no_vcpu_writes_a_save_area_that_runs | a page that was visible before stays so
a_level_does_not_write_the_save_area_on_which_it_runs | a page that was visible before stays so
user_execution_is_none_at_cpl0 | one bit of the nested entry serves both kinds of execution
a_page_executes_without_read | endless nested faults
a_page_is_written_without_read | endless nested faults
