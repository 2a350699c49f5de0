import pytest
from blacklight_auth.accounts.email_address import normalise_email
from blacklight_servicekit.errors import Invalid


def test_keeps_one_form_of_an_address() -> None:
    assert normalise_email("  Ada.Lovelace@Example.COM ", field="email") == "ada.lovelace@example.com"


@pytest.mark.parametrize(
    "email", ["", "ada", "@example.com", "ada@", "a b@example.com", "a\x00@b.c", "x" * 260 + "@b.c"]
)
def test_refuses_what_cannot_be_an_address(email: str) -> None:
    with pytest.raises(Invalid) as caught:
        normalise_email(email, field="admin_email")
    assert caught.value.reason == "EMAIL_INVALID"
    assert caught.value.violations[0].field == "admin_email"
