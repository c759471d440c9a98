"""Appeals at the desk."""
