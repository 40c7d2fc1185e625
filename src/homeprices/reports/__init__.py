"""What people read about models and traffic: plots, cards and pages, made of plain figures."""
