"""The header that a client embeds: the machine's tables in C, the code that runs them, and the words that explain it."""
