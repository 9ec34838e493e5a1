"""Starters of real servers, one module per server: each on free loopback ports, with directories of its own, ended by pid."""
