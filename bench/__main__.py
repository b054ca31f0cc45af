"""`python -m bench` runs every measurement, `python -m bench night --leads 100000` one of them."""

import argparse
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

HELPERS = {"__main__", "floor", "night_sql", "pages_sql", "reports_sql", "scratch"}


def main() -> None:
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    names = [name for name in names if name not in HELPERS]
    if not sys.argv[1:]:
        for name in names:
            print(f"\n== {name}", flush=True)
            measure(name, [])
    elif sys.argv[1] in names:
        measure(sys.argv[1], sys.argv[2:])
    else:
        sys.exit(f"python -m bench [{'|'.join(names)}]")


def measure(name: str, arguments: list[str]) -> None:
    module = import_module(f"bench.{name}")
    parser = argparse.ArgumentParser(prog=f"python -m bench {name}", description=module.__doc__)
    module.add_arguments(parser)
    module.run(parser.parse_args(arguments))


main()
