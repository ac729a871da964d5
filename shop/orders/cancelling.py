"""Staff cancel an order that has not left: stock, vouchers and offers are free again, the money goes back."""

from datetime import datetime
