"""How many rows stand for "many" where statements are counted: a thousand in CI.

The short suite sees growth with fewer; scripts/test.py says which of the two runs.
"""

import os

MANY = 1_000 if os.environ.get("SUITE") == "whole" else 150
