"""How models learn: data sets, synthetic variants, metrics, and one recipe per model."""
