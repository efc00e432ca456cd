"""The verbs of the command line, by what they are for: each file enters its own with `add`."""
