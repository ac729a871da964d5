"""Servers on this machine that speak the protocols of others, with their memory and, on demand, their bad days."""
