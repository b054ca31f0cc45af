"""Phones as identity: fifty writings, what is no identity, and what everybody may see."""

import pytest

from leads.phones import Phone, is_tail, mask, read_email, read_phone, shortfall

pytestmark = pytest.mark.once

MOBILE = "+8613800000001"
LANDLINE = "+862151188198"

WRITINGS = [  # (country, as written, normal form)
    ("CN", "13800000001", MOBILE),
    ("CN", " 13800000001 ", MOBILE),
    ("CN", "138 0000 0001", MOBILE),
    ("CN", "138-0000-0001", MOBILE),
    ("CN", "138.0000.0001", MOBILE),
    ("CN", "138—0000—0001", MOBILE),
    ("CN", "138−0000‑0001", MOBILE),
    ("CN", "138\u00a00000\u00a00001", MOBILE),
    ("CN", "138\u30000000\u30000001", MOBILE),
    ("CN", "1\u200b38\u200e0000\ufeff0001", MOBILE),
    ("CN", "１３８００００" + "０００１", MOBILE),
    ("CN", "＋８６１３８００００" + "０００１", MOBILE),
    ("CN", "+8613800000001", MOBILE),
    ("CN", "+86 138 0000 0001", MOBILE),
    ("CN", "+86-13800000001", MOBILE),
    ("CN", "(+86)13800000001", MOBILE),
    ("CN", "（+86）138-0000-0001", MOBILE),
    ("CN", "+ 86 13800000001", MOBILE),
    ("CN", "+008613800000001", MOBILE),
    ("CN", "008613800000001", MOBILE),
    ("CN", "0086 138 0000 0001", MOBILE),
    ("CN", "8613800000001", MOBILE),
    ("CN", "86-138-0000-0001", MOBILE),
    ("CN", "013800000001", MOBILE),
    ("CN", '="13800000001"', MOBILE),
    ("CN", "手机：13800000001", MOBILE),
    ("CN", "13800000001（王太太）", MOBILE),
    ("CN", "13800000001/13900000002", MOBILE),
    ("CN", "13800000001\n13900000002", MOBILE),
    ("CN", "13800000001、51188198", MOBILE),
    ("CN", "19900000000", "+8619900000000"),
    ("CN", "15400000000", "+8615400000000"),
    ("CN", "021-51188198", LANDLINE),
    ("CN", "(021)51188198", LANDLINE),
    ("CN", "021 5118 8198", LANDLINE),
    ("CN", "02151188198", LANDLINE),
    ("CN", "2151188198", LANDLINE),
    ("CN", "+86 21 51188198", LANDLINE),
    ("CN", "+86 021-51188198", LANDLINE),
    ("CN", "0086-21-51188198", LANDLINE),
    ("CN", "021-51188198转801", LANDLINE),
    ("CN", "021-51188198-801", LANDLINE),
    ("CN", "0571-88886666", "+8657188886666"),
    ("CN", "5118 8198", "local:D1:51188198"),
    ("CN", "511-8819", "local:D1:5118819"),
    ("CN", "+852 6123 4567", "+85261234567"),
    ("CN", "00852-61234567", "+85261234567"),
    ("CN", "+1 (650) 253-0000", "+16502530000"),
    ("HK", "6123 4567", "+85261234567"),
    ("HK", "+86 138 0000 0001", MOBILE),
    ("US", "(650) 253-0000", "+16502530000"),
    ("US", "1-650-253-0000", "+16502530000"),
    ("US", "8264678", "local:D1:8264678"),
    ("US", "826-4678", "local:D1:8264678"),
    ("DE", "0171 1234567", "+491711234567"),
    ("GB", "020 7946 0018", "+442079460018"),
]


@pytest.mark.parametrize(("country", "written", "normal"), WRITINGS)
def test_a_phone_has_one_normal_form_however_it_is_written(country, written, normal):
    phone = read_phone(written, country=country, store_code="D1")

    assert phone == Phone(normal, normal[-4:], valid=normal.startswith("+"))


NO_IDENTITY = [
    ("CN", ""),
    ("CN", "   "),
    ("CN", "不留"),
    ("CN", "不肯留--"),
    ("CN", "保密"),
    ("CN", "-"),
    ("CN", "1"),
    ("CN", "8198"),
    ("CN", "10086"),
    ("CN", "95588"),
    ("CN", "1380000"),
    ("CN", "13800000"),
    ("CN", "150661983"),
    ("CN", "139-3291-43"),
    ("CN", "+86 150071145"),
    ("CN", "1380000000"),
    ("CN", "138000000012"),
    ("CN", "12345678901"),
    ("CN", "010-1234567"),
    ("CN", "0791-882"),
    ("CN", "310101199001011234"),
    ("CN", "1.38E+10"),
    ("CN", "13800000001@qq.com"),
    ("CN", "老客户51188198"),
    ("CN", "+"),
    ("CN", "9" * 5000),
    ("HK", "612345"),
    ("US", "123-456-7890"),
    ("US", "+1 8264678"),
    ("XX", "8264678"),
]


@pytest.mark.parametrize(("country", "written"), NO_IDENTITY)
def test_words_and_cut_off_numbers_are_no_identity(country, written):
    assert read_phone(written, country=country, store_code="D1") is None


def test_a_local_number_belongs_to_its_store():
    east = read_phone("51188198", country="CN", store_code="EAST")
    west = read_phone("51188198", country="CN", store_code="WEST")

    assert (east.value, west.value) == ("local:EAST:51188198", "local:WEST:51188198")


@pytest.mark.parametrize(
    ("country", "written", "missing"),
    [
        ("CN", "13800000", 3),
        ("CN", "138 0013 77", 2),
        ("CN", "1380000000", 1),
        ("CN", "+86 1380000000", 1),
        ("CN", "01380000000", 1),
        ("CN", "１３８００", 6),
        ("CN", "13800000001", 0),
        ("CN", "138000000012", 0),
        ("CN", "1380", 0),
        ("CN", "51188198", 0),
        ("CN", "不留", 0),
        ("CN", "13800 13900", 1),
        ("CN", "", 0),
        ("US", "13800000", 0),
    ],
)
def test_a_short_mobile_says_how_many_digits_it_lacks(country, written, missing):
    assert shortfall(written, country=country) == missing


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+8613800000001", "138****0001"),
        ("13800000001", "138****0001"),
        ("１３８－００００－０００１", "138****0001"),
        ("+862151188198", "****8198"),
        ("+85261234567", "****4567"),
        ("local:D1:8264678", "****4678"),
        ("local:local:1380:8264678", "****4678"),
        ("150661983", "****1983"),
        ("anna@example.com", "a***@example.com"),
        ("a@example.com", "***@example.com"),
        ("wangfang_88", "w***"),
        ("wx13800000001", "w***"),
        ("13800000001 王太太", "*******0001 王太太"),
        ("13800000001/13900000002", "***********/*******0002"),
        ("不肯留", "不肯留"),
        ("", ""),
    ],
)
def test_a_value_is_never_shown_whole(value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize(
    ("typed", "tail"),
    [("0001", True), (" 0001 ", True), ("０００１", True), ("001", False), ("00011", False), ("000a", False)],
)
def test_four_digits_are_the_tail_of_a_phone(typed, tail):
    assert is_tail(typed) is tail


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Anna@Example.com", "anna@example.com"),
        ("  anna＠example.com ", "anna@example.com"),
        ("anna@example", None),
        ("13800000001", None),
        ("anna@exa mple.com", None),
        ("", None),
    ],
)
def test_an_address_is_kept_in_lower_case(typed, address):
    assert read_email(typed) == address
