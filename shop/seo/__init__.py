"""Being found: what search engines and those who share a link are told about a page."""
