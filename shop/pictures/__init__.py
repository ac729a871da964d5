"""Pictures of the shop: read with care, made small, and addressed so that a page asks nobody for it."""
