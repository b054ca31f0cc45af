"""Browser files of others stand in the repository as they came, and templates keep to the policy."""

import hashlib
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
PACKAGES = json.loads((STATIC / "vendor.json").read_text())
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.parametrize("item", [item for package in PACKAGES for item in package["files"]], ids=str)
def test_vendored_file_is_the_one_in_the_list(item):
    content = (STATIC / item["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == item["sha256"]


def test_every_vendored_package_names_its_version_and_brings_its_licence():
    for package in PACKAGES:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert any("LICENSE" in item["file"] for item in package["files"])


def test_every_icon_a_template_asks_for_is_in_the_sprite():
    there = set(re.findall(r'id="i-([a-z0-9-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    asked = {
        name
        for template in TEMPLATES
        for name in re.findall(r"{% icon ['\"]([a-z0-9-]+)['\"]", template.read_text())
    }
    assert asked - there == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_no_inline_style_script_or_handler(template):
    text = template.read_text()
    assert not re.search(r"<[^>]*\sstyle=", text)
    assert not re.search(r"<[^>]*\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_keeps_nothing_on_a_shared_tablet(script):
    text = script.read_text()
    assert "localStorage" not in text
    assert "sourceMappingURL" not in text
