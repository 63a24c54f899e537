"""Alembic's entry: it runs on the connection that `digest.storage.schema` hands it."""

from alembic import context

from digest.storage.tables import metadata
from subscribers.tables import metadata as roll

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[metadata, roll],
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
