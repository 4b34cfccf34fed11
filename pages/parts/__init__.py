"""What screens share: the address, filters, answers, cards, charts, tables, maps."""
