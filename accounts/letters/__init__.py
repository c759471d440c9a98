"""Letters to customers (信函) about restrictions and their end: issue, print, deliver, and check by a code."""
