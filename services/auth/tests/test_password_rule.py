import pytest
from blacklight_auth.accounts.password_rule import encode_new_password, encode_password
from blacklight_servicekit.errors import Invalid


def test_takes_a_password_of_exactly_72_bytes() -> None:
    assert encode_new_password("x" * 72, field="new_password") == b"x" * 72


@pytest.mark.parametrize("password", ["x" * 73, "é" * 37, "🔑" * 19])
def test_refuses_more_than_72_bytes_instead_of_cutting(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        encode_password(password, field="password")
    assert caught.value.reason == "PASSWORD_TOO_LONG"
    assert [violation.field for violation in caught.value.violations] == ["password"]
    assert password not in caught.value.message


def test_counts_characters_for_the_least_and_not_bytes() -> None:
    assert encode_new_password("пароль-ключ!", field="new_password")
    with pytest.raises(Invalid) as caught:
        encode_new_password("пароль-ключ", field="new_password")
    assert caught.value.reason == "PASSWORD_TOO_SHORT"


def test_reads_composed_and_decomposed_accents_as_one_password() -> None:
    assert encode_password("caf\u00e9 caf\u00e9 caf\u00e9", field="p") == encode_password(
        "cafe\u0301 cafe\u0301 cafe\u0301", field="p"
    )
