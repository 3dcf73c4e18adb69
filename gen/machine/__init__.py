"""From the model to the machine: a state chart for Ragel, and what Ragel compiled as tables."""
