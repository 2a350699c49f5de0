"""Settings that refuse to start without secrets; migrations that agree with the models."""

import base64
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from blacklight_auth.app import APP
from blacklight_auth.settings import decode_key
from blacklight_servicekit.database import Database
from pydantic import SecretStr, ValidationError
from sqlalchemy import create_engine


def test_refuses_to_start_without_the_key_encryption_key(make_settings: Any) -> None:
    with pytest.raises(ValidationError, match="key_encryption_key"):
        make_settings(APP)


@pytest.mark.parametrize("value", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_refuses_a_key_encryption_key_that_is_not_32_bytes_without_quoting_it(value: Any) -> None:
    with pytest.raises(ValueError, match="base64 of 32 bytes") as caught:
        decode_key(SecretStr(value))
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("rounds", [3, 17])
def test_refuses_bcrypt_rounds_outside_4_to_16(make_settings: Any, key_encryption_key: Any, rounds: Any) -> None:
    with pytest.raises(ValidationError, match="bcrypt_rounds"):
        make_settings(APP, key_encryption_key=key_encryption_key, bcrypt_rounds=rounds)


def test_hashes_with_twelve_rounds_unless_told_otherwise(make_settings: Any, key_encryption_key: Any) -> None:
    assert make_settings(APP, key_encryption_key=key_encryption_key).bcrypt_rounds == 12


def test_has_migrations_that_make_what_the_models_say(database_urls: Any) -> None:
    # As superuser: for the owner `auth` is the default schema, which alembic would not name.
    url = database_urls(APP).admin.replace("postgresql://", "postgresql+psycopg2://")
    engine = create_engine(url)
    with engine.connect() as connection:
        options = {"include_schemas": True, "compare_type": True, "version_table_schema": "auth"}
        options["include_name"] = lambda name, kind, _: kind != "schema" or name == "auth"
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, APP.base.metadata) == []
    engine.dispose()


def test_uses_the_index_of_the_address_at_sign_in(service_database: Any) -> None:
    from sqlalchemy import text

    database: Database = service_database(APP)
    with database.platform_transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.scalars(text("EXPLAIN SELECT * FROM accounts WHERE lower(email) = lower('a@b.example')")).all()
    assert any("uq_accounts_email" in line for line in plan), plan
