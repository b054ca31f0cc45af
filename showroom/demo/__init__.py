"""A store that is alive: people, customers and days of work, made by the product's own verbs."""
