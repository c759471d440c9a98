"""The initial migration as the product has it."""

from importlib import import_module

Migration = import_module("transfers.migrations.0001_initial").Migration
