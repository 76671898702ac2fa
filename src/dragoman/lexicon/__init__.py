"""The words of the field: tables, and the code that reads and checks them."""
