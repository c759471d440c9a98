"""Legal instruments, one file each; `REGIME` holds the content of the instrument."""
