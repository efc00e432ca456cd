"""Files into frames and sound. The only room that opens media; untrusted files go through `sandbox`."""
