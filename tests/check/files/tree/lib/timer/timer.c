int uk_timer_zero;
