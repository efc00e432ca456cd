"""Media into numbers: every encoder turns a video into one time-stamped sequence of vectors."""
