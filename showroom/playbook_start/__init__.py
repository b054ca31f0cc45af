"""The pages a store begins its playbook with, in both languages: one file per step, named by its number."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
WORDS = ("title_en", "title_zh", "body_en", "body_zh", "expert_en", "expert_zh")


@dataclass(frozen=True)
class StartPage:
    """One page as it is shipped; `rank` = its place in the step, from 1."""

    code: str
    step: int
    rank: int
    kind: str
    words: dict[str, str]
    parts: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    open_question: bool | None = None
    order_class: int | None = None


@lru_cache(maxsize=1)
def start_pages() -> tuple[StartPage, ...]:
    """All pages we ship, by step and place; read from their files once."""
    found: list[StartPage] = []
    for file in sorted(HERE.glob("*.toml")):
        step = int(file.name[0])
        for raw in tomllib.loads(file.read_text(encoding="utf-8"))["page"]:
            rank = 1 + sum(page.step == step for page in found)
            found.append(_page(raw, step, rank))
    return tuple(found)


def _page(raw: dict, step: int, rank: int) -> StartPage:
    return StartPage(
        code=raw["code"],
        step=step,
        rank=rank,
        kind=raw["kind"],
        words={name: raw.get(name, "").strip() for name in WORDS},
        parts=raw.get("parts", {}),
        tags=tuple(raw.get("tags", ())),
        open_question=raw.get("open_question"),
        order_class=raw.get("order_class"),
    )
