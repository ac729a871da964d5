"""The catalogue as a file: our own CSV and Shopify's, in and out (docs/decisions/0017-catalogue-files.md)."""
