"""The door of shop."""

__all__: list[str] = []
