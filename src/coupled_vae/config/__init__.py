"""What ``params.yaml`` says: schema, checks, the kinds it may name. Imports no torch."""
