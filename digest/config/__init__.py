"""What `digest.settings` reads configuration with: values, positions, secrets and messages. Without pydantic."""
