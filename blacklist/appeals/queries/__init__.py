"""Appeals as they are recorded."""
