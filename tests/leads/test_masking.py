"""A colleague's customer shows the surname alone (SPEC A72)."""

import pytest

from leads.masking import mask_name, short_name, surname_of


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张伟", "张**"),
        ("张", "张**"),
        ("张伟先生", "张**先生"),
        ("张先生", "张**先生"),
        ("彭丽 女士", "彭**女士"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳女士", "欧阳**女士"),
        ("王总", "王**总"),
        ("𠮷田一郎", "𠮷**"),
        ("Anna Schmidt", "Schmidt **"),
        ("Anna", "A**"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_is_cut_to_the_surname(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("name", "short", "surname"),
    [
        ("张伟先生", "张先生", "张"),
        ("欧阳雪梅", "欧阳", "欧阳"),
        ("王女士", "王女士", "王"),
        ("Anna Schmidt", "Schmidt", "Schmidt"),
        (" ", "", ""),
    ],
)
def test_a_name_on_a_screen_that_everybody_reads(name, short, surname):
    assert (short_name(name), surname_of(name)) == (short, surname)
