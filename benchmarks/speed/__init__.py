"""How fast this project is beside other packages, on one core: ``make bench``."""
