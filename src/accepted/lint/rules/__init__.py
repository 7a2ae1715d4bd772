"""Every rule, in whichever module of this folder: they are found, not listed."""
