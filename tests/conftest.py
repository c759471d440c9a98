"""What all tests share. The servers come from :mod:`tests.servers`, a plugin that starts before this file is read."""
