"""Alembic's entry: it runs on the connection that `digest.storage.schema` hands it."""

from alembic import context

from digest.storage.tables import metadata
from subscribers.tables import metadata as roll

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # One at a time; the second finds it done.
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6041967)")
context.configure(
    connection=connection,
    target_metadata=[metadata, roll],
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
