"""Every speed claim as a ratio from one run: `python -m core bench`. One file per claim, listed in `registry.py`."""
