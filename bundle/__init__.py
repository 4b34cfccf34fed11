"""The archive for machines without a registry: made by `make bundle`, installed there by its own `install.sh`."""
