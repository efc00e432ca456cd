"""Disk truth: the SQLite catalogue and the feature tracks, the FAISS cache over them, and long-running jobs."""
