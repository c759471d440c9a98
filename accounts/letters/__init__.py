"""Letters to customers (信函): what restricts them is told, and its end; issued, printed, delivered, checked by a code."""
