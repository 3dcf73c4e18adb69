"""From the model to the machine: a state chart for Ragel, what Ragel compiled as tables, and a search of all that the machine can come to."""
