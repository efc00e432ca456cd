"""The verbs of the product: ingest, retrieve, compare. Each takes what it needs as arguments."""
