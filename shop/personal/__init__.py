"""What is for whom: shelves, similar products, offer mails."""
