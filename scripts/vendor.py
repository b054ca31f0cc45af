"""Fetch the browser files we serve ourselves, from the exact packages in static/vendor.json.

Needs npm, and only to upgrade: change a version (and its integrity) in the list, or add an icon,
run `python scripts/vendor.py`, commit what changed. A tarball whose sha512 is not the one in the
list is refused.
"""

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from xml.etree import ElementTree

STATIC = Path(__file__).resolve().parent.parent / "static"
LIST = STATIC / "vendor.json"
SVG = "http://www.w3.org/2000/svg"

# The dial of nine ticks is ours: the mark of the product, drawn beside the icons.
DIAL = (
    '<symbol id="i-dial" viewBox="0 0 40 40"><g fill="currentColor" stroke="none">{ticks}</g>'
    '<circle cx="20" cy="24" r="3.6" fill="var(--ink)" stroke="none"/></symbol>'
)
DIAL_TICK = '<path d="M18.6 13h2.8l.8-8.5h-4.4z" transform="rotate({turn} 20 24)"/>'


def fetch(package: dict, folder: Path) -> Path:
    """Unpack the package into the folder and return its root; refuse another sha512."""
    spec = f"{package['name']}@{package['version']}"
    command = ["npm", "pack", spec, "--silent", "--pack-destination", str(folder)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    tarball = folder / name
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package["integrity"]:
        raise SystemExit(f"{spec}: sha512 differs from the list")
    root = folder / tarball.stem
    with tarfile.open(tarball) as archive:
        archive.extractall(root, filter="data")
    return root / "package"


def symbol(svg: str, name: str) -> str:
    """One outline icon as a symbol; stroke and colour come from the stylesheet."""
    tree = ElementTree.fromstring(svg)
    drawn = (part for part in tree if part.get("stroke") != "none")
    body = "".join(ElementTree.tostring(part, encoding="unicode").strip() for part in drawn)
    body = body.replace(f' xmlns:ns0="{SVG}"', "").replace("ns0:", "").replace(" />", "/>")
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">{body}</symbol>'


def sprite(root: Path, names: list[str]) -> bytes:
    """All icons of the list, and our dial, in one file."""
    turns = range(-120, 121, 30)
    symbols = [DIAL.format(ticks="".join(DIAL_TICK.format(turn=turn) for turn in turns))]
    for name in sorted(names):
        svg = (root / "icons" / "outline" / f"{name}.svg").read_text()
        symbols.append(symbol(svg, name))
    lines = "\n".join(symbols)
    return f'<svg xmlns="{SVG}">\n{lines}\n</svg>\n'.encode()


def main() -> None:
    """Write every file of the list and its sha256."""
    packages = json.loads(LIST.read_text())
    for package in packages:
        with tempfile.TemporaryDirectory() as folder:
            root = fetch(package, Path(folder))
            for item in package["files"]:
                if item["from"] == "icons":
                    content = sprite(root, package["icons"])
                else:
                    content = (root / item["from"]).read_bytes()
                target = STATIC / item["file"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                item["sha256"] = hashlib.sha256(content).hexdigest()
    LIST.write_text(json.dumps(packages, indent=2) + "\n")


if __name__ == "__main__":
    main()
