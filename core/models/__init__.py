"""Tensors into tensors: similarity, alignment, learned heads. No path, no library, no encoder, no device choice."""
