"""The instruments, one file each: `REGIME` is what it says."""
