"""Pure: values and machines that know no clock, loop, I/O, log or dice."""
