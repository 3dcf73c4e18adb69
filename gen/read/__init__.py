"""From the bytes of a spec to the model, or to all that is wrong with it and where."""
