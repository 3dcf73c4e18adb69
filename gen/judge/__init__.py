"""What is wrong with a lifecycle that can be compiled, and what changed between two of them."""
