"""Money is read in thousands in a Chinese showroom too: 128,800."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
